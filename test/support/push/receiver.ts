import { createDecipheriv, createECDH, hkdfSync, randomBytes } from "node:crypto";
import type { ECDH } from "node:crypto";

const TAG_BYTES = 16;
/** RFC 8188 §2.1: salt, record size, length of the key's id; of Web Push the id is the sender's public key (RFC 8291 §4). */
const HEADER_BYTES = 16 + 4 + 1 + 65;
const LAST_RECORD = 2;

const derive = (key: Buffer, salt: Buffer, info: Buffer | string, bytes: number): Buffer =>
  Buffer.from(hkdfSync("sha256", key, salt, info, bytes));

/** What a browser keeps of a subscription, to read what is pushed to it: RFC 8291, written from the RFC alone. */
export class Receiver {
  readonly #curve: ECDH = createECDH("prime256v1");
  readonly #auth: Buffer;

  /** Of given keys, base64url; by default of new ones. */
  constructor(given?: { readonly privateKey: string; readonly auth: string }) {
    if (given === undefined) this.#curve.generateKeys();
    else this.#curve.setPrivateKey(given.privateKey, "base64url");
    this.#auth = given === undefined ? randomBytes(16) : Buffer.from(given.auth, "base64url");
  }

  get keys(): { readonly p256dh: string; readonly auth: string } {
    return { p256dh: this.#curve.getPublicKey("base64url"), auth: this.#auth.toString("base64url") };
  }

  /** The payload of a message in the coding aes128gcm. Throws where it is not exactly what the RFC wants. */
  read(body: Buffer): string {
    if (body.length < HEADER_BYTES + TAG_BYTES + 1) throw new Error("it is too short for a header and a record");
    const salt = body.subarray(0, 16);
    const recordBytes = body.readUInt32BE(16);
    if (body[20] !== 65 || body[21] !== 4) throw new Error("the key's id is not an uncompressed point");
    const sender = body.subarray(21, HEADER_BYTES);
    const record = body.subarray(HEADER_BYTES);
    if (record.length > recordBytes) throw new Error("a push message is one record (RFC 8291 §4)");
    const info = Buffer.concat([Buffer.from("WebPush: info\0"), this.#curve.getPublicKey(), sender]);
    const ikm = derive(this.#curve.computeSecret(sender), this.#auth, info, 32);
    const key = derive(ikm, salt, "Content-Encoding: aes128gcm\0", 16);
    const nonce = derive(ikm, salt, "Content-Encoding: nonce\0", 12);
    const decipher = createDecipheriv("aes-128-gcm", key, nonce);
    decipher.setAuthTag(record.subarray(-TAG_BYTES));
    const padded = Buffer.concat([decipher.update(record.subarray(0, -TAG_BYTES)), decipher.final()]);
    const end = padded.findLastIndex((byte) => byte !== 0);
    if (padded[end] !== LAST_RECORD) throw new Error("the only record does not say that it is the last");
    return new TextDecoder("utf-8", { fatal: true }).decode(padded.subarray(0, end));
  }
}
