import type { PushAddress, PushOffer } from "../../src/index.ts";
import { nothing, problem } from "./fake-answers.ts";

const addressOf = (address: PushAddress): string => ("endpoint" in address ? address.endpoint : address.token);

/** The double's push addresses: a device has one, and an address is one device's. */
export class FakePush {
  /** What the server offers; `undefined`: it has never heard of push. */
  offer: PushOffer | undefined = { webpush: { public_key: "BKey" }, previews: false };
  /** By user and device. */
  readonly addresses = new Map<string, PushAddress>();
  /** To which devices tests were sent. */
  readonly tests: string[] = [];

  answer(user: string, device: string, method: string, rest: readonly string[], body: unknown): Response {
    if (this.offer === undefined || rest[0] !== "push") return problem(501, "unsupported");
    const key = `${user}/${device}`;
    if (rest[1] === "test") {
      if (!this.addresses.has(key)) return problem(404, "not_found");
      this.tests.push(key);
      return new Response(null, { status: 202 });
    }
    if (method === "DELETE") this.addresses.delete(key);
    else {
      const address = body as PushAddress;
      if (this.offer[address.kind] === undefined) return problem(501, "unsupported");
      for (const [owner, one] of this.addresses)
        if (addressOf(one) === addressOf(address)) this.addresses.delete(owner);
      this.addresses.set(key, address);
    }
    return nothing();
  }

  offered(): Response {
    return this.offer === undefined ? problem(501, "unsupported") : Response.json(this.offer);
  }
}
