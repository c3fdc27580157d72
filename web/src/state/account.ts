import { browserShelf, windowShelf } from "./storage.ts";

/** Who is signed in in this window. `dev`: by name; `token`: with a token from elsewhere. */
export type Session =
  | { readonly kind: "dev"; readonly userId: string; readonly operator?: boolean }
  | { readonly kind: "token"; readonly userId: string; readonly token: string };

const SESSION = "parley.session";
const USERS = "parley.users";
const LAST = "parley.last";
const REMEMBERED = 5;

const parse = (text: string | undefined): unknown => {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    // Not ours, or cut short: as good as nothing.
    return undefined;
  }
};

const isSession = (value: unknown): value is Session => {
  if (typeof value !== "object" || value === null) return false;
  const { kind, userId, token } = value as Record<string, unknown>;
  return typeof userId === "string" && (kind === "dev" || (kind === "token" && typeof token === "string"));
};

const sessionIn = (text: string | undefined): Session | undefined => {
  const kept = parse(text);
  return isSession(kept) ? kept : undefined;
};

/**
 * Who to sign in without asking: who this window was, or else who signed in last in this browser and did not sign out.
 * Two windows may be two people.
 */
export const sessionToResume = (): Session | undefined => {
  const own = windowShelf.get(SESSION);
  return own === undefined ? sessionIn(browserShelf.get(LAST)) : sessionIn(own);
};

/** People who signed in by name in this browser, the latest first. */
export const rememberedUsers = (): readonly string[] => {
  const kept = parse(browserShelf.get(USERS));
  return Array.isArray(kept) ? kept.filter((user) => typeof user === "string") : [];
};

export const forgetUser = (userId: string): void => {
  browserShelf.set(USERS, JSON.stringify(rememberedUsers().filter((user) => user !== userId)));
};

export const keepSession = (session: Session): void => {
  windowShelf.set(SESSION, JSON.stringify(session));
  browserShelf.set(LAST, JSON.stringify(session));
  if (session.kind !== "dev") return;
  const others = rememberedUsers().filter((user) => user !== session.userId);
  browserShelf.set(USERS, JSON.stringify([session.userId, ...others].slice(0, REMEMBERED)));
};

export const dropSession = (): void => {
  const own = sessionIn(windowShelf.get(SESSION));
  windowShelf.remove(SESSION);
  if (own?.userId === sessionIn(browserShelf.get(LAST))?.userId) browserShelf.remove(LAST);
};

/** This window asks who one is from now on; nobody is signed out. */
export const leaveSession = (): void => windowShelf.set(SESSION, "");

export type TokenAnswer =
  | { readonly ok: true; readonly token: string }
  | { readonly ok: false; readonly reason: "no-names" | "unreachable" | "failed" };

/** Asks the server for a token by name. `no-names`: it does not give any, being in earnest. */
export const tokenByName = async (userId: string, deviceId: string, operator = false): Promise<TokenAnswer> => {
  try {
    const answer = await fetch("/api/v1/dev/token", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ user_id: userId, device_id: deviceId, ...(operator ? { scope: "admin" } : {}) }),
    });
    if ([401, 403, 404, 405, 501].includes(answer.status)) return { ok: false, reason: "no-names" };
    const body: unknown = answer.ok ? await answer.json() : undefined;
    if (typeof body === "object" && body !== null && "token" in body && typeof body.token === "string") {
      return { ok: true, token: body.token };
    }
    return { ok: false, reason: "failed" };
  } catch {
    // No answer at all, or one cut short.
    return { ok: false, reason: "unreachable" };
  }
};

export type PastedToken =
  | { readonly ok: true; readonly userId: string }
  | { readonly ok: false; readonly reason: "shape" | "subject" | "expired" };

const claimsOf = (token: string): Readonly<Record<string, unknown>> | undefined => {
  const [, middle, signature] = token.split(".");
  if (middle === undefined || signature === undefined) return undefined;
  try {
    const bytes = Uint8Array.from(atob(middle.replaceAll("-", "+").replaceAll("_", "/")), (char) => char.charCodeAt(0));
    const claims: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof claims === "object" && claims !== null ? (claims as Record<string, unknown>) : undefined;
  } catch {
    // Not a JWT.
    return undefined;
  }
};

/** Whether one may look after the server: what is shown follows it, and the server judges each call by itself. */
export const isOperator = (session: Session): boolean => {
  if (session.kind === "dev") return session.operator === true;
  const scope = claimsOf(session.token)?.["scope"];
  return typeof scope === "string" && scope.split(" ").includes("admin");
};

/** Looks into a pasted JWT; whether it is genuine is the server's to say. */
export const readToken = (token: string, nowMs: number): PastedToken => {
  const claims = claimsOf(token);
  if (claims === undefined) return { ok: false, reason: "shape" };
  const { sub, exp } = claims;
  if (typeof sub !== "string" || sub === "") return { ok: false, reason: "subject" };
  if (typeof exp === "number" && exp * 1000 <= nowMs) return { ok: false, reason: "expired" };
  return { ok: true, userId: sub };
};
