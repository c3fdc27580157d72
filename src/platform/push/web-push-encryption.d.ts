/** The one file of web-push that the worker needs: the rest brings an agent for proxies and signs with keys of its own. */
declare module "web-push/src/encryption-helper.js" {
  /** Of "aes128gcm" `cipherText` is the whole message. Throws for keys that cannot be used. */
  export const encrypt: (
    p256dh: string,
    auth: string,
    payload: string,
    encoding: "aes128gcm",
  ) => { readonly cipherText: Uint8Array };
}
