import { createECDH } from "node:crypto";
import ece from "http_ece";
import { describe, expect, it } from "vitest";
import { Receiver } from "../support/push/receiver.ts";

/** RFC 8291 §5 and appendix A. */
const RFC = {
  plaintext: "When I grow up, I want to be a watermelon",
  auth: "BTBZMqHH6r4Tts7J_aSIgg",
  receiver: "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94",
  receiverPublic: "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
  sender: "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw",
  salt: "DGv6ra1nlYgDCS1FRnbzlw",
  message:
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A" +
    "_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN",
};

describe("the example of RFC 8291", () => {
  const receiver = new Receiver({ privateKey: RFC.receiver, auth: RFC.auth });

  it("is what the library writes that encrypts for us", () => {
    const privateKey = createECDH("prime256v1");
    privateKey.setPrivateKey(RFC.sender, "base64url");
    const options = { version: "aes128gcm", dh: RFC.receiverPublic, privateKey, salt: RFC.salt, authSecret: RFC.auth };
    const message = ece.encrypt(Buffer.from(RFC.plaintext), options);
    expect(message.toString("base64url")).toBe(RFC.message);
  });

  it("is read by the receiver of the tests", () => {
    expect(receiver.keys).toEqual({ p256dh: RFC.receiverPublic, auth: RFC.auth });
    expect(receiver.read(Buffer.from(RFC.message, "base64url"))).toBe(RFC.plaintext);
  });

  it("is not read with a bit of it changed, wherever", () => {
    const message = Buffer.from(RFC.message, "base64url");
    for (let at = 0; at < message.length; at++) {
      // A record size that is larger says the same of one record.
      if (at >= 16 && at < 20) continue;
      const changed = Buffer.from(message);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(() => receiver.read(changed), `byte ${at}`).toThrow();
    }
    expect(() => new Receiver().read(message)).toThrow();
  });
});
