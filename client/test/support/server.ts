import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

/** A data directory of its own for a server. */
export const temporaryData = (): string => mkdtempSync(path.join(tmpdir(), "parley-client-"));

/** Gives development tokens for one user on one device. */
export const devToken = (url: string, user_id: string, device_id: string, expires_in?: number) => async () => {
  const response = await fetch(`${url}/api/v1/dev/token`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ user_id, device_id, expires_in }),
  });
  const { token } = (await response.json()) as { token: string };
  return token;
};

/** Resolves when `condition` holds; fails after a while. */
export const eventually = async (condition: () => boolean, withinMs = 15_000): Promise<void> => {
  const end = Date.now() + withinMs;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`did not come about within ${withinMs} ms: ${String(condition)}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
};
