import { importPKCS8, SignJWT } from "jose";
import type { FcmAccount } from "../push-settings.ts";
import { askService, readObject, wordIn } from "./push-service.ts";
import type { ServiceDeps } from "./push-service.ts";

const SCOPE = "https://www.googleapis.com/auth/firebase.messaging";
const GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const LIFE_SECONDS = 3600;

/** By what Google knows who asks: https://developers.google.com/identity/protocols/oauth2/service-account */
const assertionOf = async (account: FcmAccount, nowMs: number): Promise<string> => {
  const { clientEmail, privateKey, keyId, tokenEndpoint } = account;
  const issuedAt = Math.floor(nowMs / 1000);
  return new SignJWT({ scope: SCOPE })
    .setProtectedHeader({ alg: "RS256", typ: "JWT", ...(keyId === undefined ? {} : { kid: keyId }) })
    .setIssuer(clientEmail)
    .setAudience(tokenEndpoint)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + LIFE_SECONDS)
    .sign(await importPKCS8(privateKey, "RS256"));
};

/** A token of Google's for a service account. Rejects with what Google calls the reason. */
export const fetchGoogleToken = async (
  deps: ServiceDeps,
  account: FcmAccount,
): Promise<{ token: string; endsAt: number }> => {
  const now = deps.now();
  const form = new URLSearchParams({ grant_type: GRANT, assertion: await assertionOf(account, now) });
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const answer = await askService(deps, account.tokenEndpoint, { headers, body: form.toString() });
  const { access_token: token, expires_in: seconds, error } = readObject(answer?.text ?? "");
  if (answer?.status === 200 && typeof token === "string" && token !== "" && typeof seconds === "number")
    return { token, endsAt: now + seconds * 1000 };
  const why = answer === undefined ? "no answer" : `HTTP ${answer.status} ${wordIn(error) ?? ""}`.trim();
  throw new Error(`unable to get a token of Google's; ${why}`);
};
