import type { Settings } from "../rpc/bindings.ts";

/** Whether an origin other than the server's own is on the operator's list. */
export const isListedOrigin = (settings: Settings, origin: string): boolean =>
  (settings.ALLOWED_ORIGINS ?? "").split(",").some((listed) => listed.trim() === origin);

/** Whether `Origin` names the server that was asked. By host: a proxy in front may have ended the TLS. */
export const isOwnOrigin = (request: Request, origin: string): boolean =>
  URL.canParse(origin) && new URL(origin).host === new URL(request.url).host;
