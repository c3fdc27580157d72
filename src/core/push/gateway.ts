import type { PushAddress } from "../../shared/protocol/http-push.ts";
import type { PushJob, PushOutcome } from "./job.ts";

/** The way to push services: one attempt. Never rejects: what goes wrong is an outcome, without address, token or content. */
export interface PushGateway {
  /** @param token what the address's provider knows this server by; undefined where it needs none */
  send(job: PushJob, token: string | undefined): Promise<PushOutcome>;
}

/** Who makes what push services know this server by. */
export interface ProviderTokens {
  /**
   * A new one, and until when it holds, in ms since 1970; undefined: this provider needs none, or the server has no
   * credentials for it. Rejects where it could not be had.
   */
  make(provider: string): Promise<{ readonly token: string; readonly endsAt: number } | undefined>;
}

/** Whom requests of one kind go to, and fail with: `fcm`, `apns`, or `webpush:<host>`, the port with it if it says one. */
export const providerOf = (address: PushAddress): string =>
  address.kind === "webpush" ? `webpush:${/^https?:\/\/([^/?#]+)/.exec(address.endpoint)?.[1] ?? ""}` : address.kind;
