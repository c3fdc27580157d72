import { exportJWK, exportSPKI, generateKeyPair } from "jose";
import type { CryptoKey, JWK } from "jose";
import { createServer } from "node:http";
import type { Server } from "node:http";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ACCEPTED, goodClaims, REFUSED, signed, verdict } from "../support/jwt.ts";
import { describeOwn, useServer } from "../support/target.ts";
import { until } from "../support/wait.ts";

interface Signer {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
  readonly jwk: JWK;
}

const makeSigner = async (alg: string, kid: string): Promise<Signer> => {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { kid, alg, privateKey, publicKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: "sig" } };
};

/** An identity provider: nothing but the address of its keys. */
const provider = { keys: [] as JWK[], asked: 0, server: undefined as Server | undefined };
provider.server = createServer((_request, response) => {
  provider.asked++;
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ keys: provider.keys }));
});
const listening = new Promise<string>((resolve) => {
  provider.server?.listen(0, "127.0.0.1", () => {
    const address = provider.server?.address();
    resolve(typeof address === "object" && address !== null ? `http://127.0.0.1:${address.port}/jwks.json` : "");
  });
});
const jwksUrl = await listening;
afterAll(() => provider.server?.close());

describeOwn("a server with a JWKS address", () => {
  const target = useServer({
    env: { AUTH_MODE: "jwt", AUTH_JWKS_URL: jwksUrl, AUTH_ISSUER: "https://id.example.org" },
  });
  const signers = new Map<string, Signer>();
  const signer = (alg: string): Signer => {
    const found = signers.get(alg);
    if (found === undefined) throw new Error(`no signer for ${alg}`);
    return found;
  };
  const tokenBy = async ({ privateKey, alg, kid }: Signer): Promise<string> =>
    await signed(goodClaims({ iss: "https://id.example.org" }), privateKey, alg, kid);

  beforeAll(async () => {
    for (const alg of ["RS256", "ES256", "EdDSA"]) signers.set(alg, await makeSigner(alg, `first-${alg}`));
    provider.keys = [...signers.values()].map(({ jwk }) => jwk);
  });

  test.each(["RS256", "ES256", "EdDSA"])("[AUTH-2] a token by %s is accepted", async (alg) => {
    expect(await verdict(target.base, await tokenBy(signer(alg)))).toEqual(ACCEPTED);
  });

  test("[AUTH-3] a key that is not in the set is 401, under a known name or none", async () => {
    const stranger = await makeSigner("ES256", "first-ES256");
    expect(await verdict(target.base, await tokenBy(stranger))).toEqual(REFUSED);
    const nameless = await signed(goodClaims({ iss: "https://id.example.org" }), stranger.privateKey, "ES256");
    expect(await verdict(target.base, nameless)).toEqual(REFUSED);
  });

  test("[AUTH-3] a public key taken for an HS256 secret is 401", async () => {
    const { publicKey, kid, jwk } = signer("RS256");
    const claims = goodClaims({ iss: "https://id.example.org" });
    for (const text of [await exportSPKI(publicKey), JSON.stringify(jwk), jwk.n ?? ""]) {
      const forged = await signed(claims, new TextEncoder().encode(text), "HS256", kid);
      expect(await verdict(target.base, forged)).toEqual(REFUSED);
    }
  });

  test("[AUTH-2] keys are kept, not asked for with each token", async () => {
    const before = provider.asked;
    for (let i = 0; i < 10; i++) expect(await verdict(target.base, await tokenBy(signer("ES256")))).toEqual(ACCEPTED);
    expect(provider.asked - before).toBeLessThanOrEqual(1);
  });

  test("[AUTH-2] tokens by unknown keys do not make the server ask again and again", async () => {
    const before = provider.asked;
    const stranger = await makeSigner("ES256", "nobody");
    for (let i = 0; i < 10; i++) expect(await verdict(target.base, await tokenBy(stranger))).toEqual(REFUSED);
    expect(provider.asked - before).toBeLessThanOrEqual(2);
  });

  // The server may look for new keys once in 30 s; the other tests have just made it look.
  test("[AUTH-2] after a rotation the new key is found, without a restart", { timeout: 60_000 }, async () => {
    const next = await makeSigner("ES256", "second-ES256");
    provider.keys = [next.jwk, ...provider.keys];
    const token = await tokenBy(next);
    await until("the new key", async () => (await verdict(target.base, token)).rest === 200, 45_000, 500);
    expect(await verdict(target.base, token)).toEqual(ACCEPTED);
    expect(await verdict(target.base, await tokenBy(signer("RS256")))).toEqual(ACCEPTED);
  });
});
