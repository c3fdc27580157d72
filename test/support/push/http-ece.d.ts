/** What the tests use of it; it brings no types. */
declare module "http_ece" {
  import type { ECDH } from "node:crypto";
  interface Options {
    readonly version: string;
    readonly dh: string;
    readonly privateKey: ECDH;
    readonly salt: string;
    readonly authSecret: string;
  }
  const ece: { encrypt(data: Buffer, options: Options): Buffer };
  export default ece;
}
