import { importPKCS8, SignJWT } from "jose";
import type { ApnsAccount } from "../push-settings.ts";

/** Apple refuses what is older than an hour, and changes more often than every 20 minutes. */
const LIFE_SECONDS = 55 * 60;

/** What Apple knows this server by: https://developer.apple.com/documentation/usernotifications/establishing-a-token-based-connection-to-apns */
export const makeApnsToken = async (
  { key, keyId, teamId }: ApnsAccount,
  nowMs: number,
): Promise<{ token: string; endsAt: number }> => {
  const issuedAt = Math.floor(nowMs / 1000);
  const token = await new SignJWT()
    .setProtectedHeader({ alg: "ES256", kid: keyId })
    .setIssuer(teamId)
    .setIssuedAt(issuedAt)
    .sign(await importPKCS8(key, "ES256"));
  return { token, endsAt: (issuedAt + LIFE_SECONDS) * 1000 };
};
