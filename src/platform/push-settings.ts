import type { Settings } from "../rpc/bindings.ts";
import type { PushKind } from "../shared/protocol/http-push.ts";
import { isLoopbackOrigin, PushHosts } from "./push-hosts.ts";

/** RFC 8292: by what push services of browsers know this server. Both keys are base64url. */
export interface VapidKeys {
  readonly publicKey: string;
  readonly privateKey: string;
  /** `mailto:` or `https:`: whom a push service may complain to. */
  readonly subject: string;
}

export interface FcmAccount {
  readonly projectId: string;
  readonly clientEmail: string;
  /** PKCS #8, PEM. */
  readonly privateKey: string;
  readonly keyId?: string;
  /** Origin of the API, and the URL at which tokens are to be had. */
  readonly endpoint: string;
  readonly tokenEndpoint: string;
}

export interface ApnsAccount {
  /** PKCS #8, PEM: a .p8 file. */
  readonly key: string;
  readonly keyId: string;
  readonly teamId: string;
  /** Of addresses that name none: the app's bundle id. */
  readonly topic: string;
  /** Origin of Apple's service. */
  readonly endpoint: string;
  /** What speaks HTTP/2 for this server. */
  readonly relay?: { readonly url: string; readonly secret: string };
}

export interface PushSettings {
  /** Notifications end in the log: for development. */
  readonly log: boolean;
  /** What there is to send with; whoever has no account for a kind does not offer it. */
  readonly vapid?: VapidKeys;
  readonly fcm?: FcmAccount;
  readonly apns?: ApnsAccount;
  readonly hosts: PushHosts;
  /** Whether users may choose to have the beginning of messages in their notifications. */
  readonly previews: boolean;
  /** Whether addresses of this kind are taken. */
  offers(kind: PushKind): boolean;
  /** Whether a Web Push endpoint is at a push service on the operator's list. */
  isPushHost(url: string): boolean;
  /** Settings that cannot be used. What they are about is not offered. */
  readonly problems: readonly PushProblem[];
}

export interface PushProblem {
  readonly setting: keyof Settings;
  /** Never the value of a secret. */
  readonly reason: string;
}

/** Of the development configuration of wrangler.toml: everybody knows its other half. */
export const DEVELOPMENT_VAPID_KEY =
  "BL5NsWxQmWGpFBykPg6FsueQS5fhhKkVRrOnglw4r28KNmnw7eBdgS_qViQiDJ3n1c_rrHEraOLViE0WJFROtJo";
const GOOGLE = { endpoint: "https://fcm.googleapis.com", tokenEndpoint: "https://oauth2.googleapis.com/token" };
const APPLE = { production: "https://api.push.apple.com", sandbox: "https://api.sandbox.push.apple.com" };
const PEM = /^-----BEGIN PRIVATE KEY-----\n[A-Za-z0-9+/=\n]+\n-----END PRIVATE KEY-----\n?$/;
/** RFC 8291 §2.1: an uncompressed point of 65 bytes begins with 4; a private key has 32. */
const PUBLIC_KEY = /^B[A-P][A-Za-z0-9_-]{85}$/;
const PRIVATE_KEY = /^[A-Za-z0-9_-]{43}$/;

/** Reads the settings of push, and keeps a list of what it cannot use. */
class Reader {
  readonly problems: PushProblem[] = [];
  readonly isProduction: boolean;
  readonly #settings: Settings;

  constructor(settings: Settings) {
    this.#settings = settings;
    this.isProduction = settings.ENVIRONMENT === "production";
  }

  text(setting: keyof Settings): string | undefined {
    return this.#settings[setting]?.trim() || undefined;
  }

  wrong(setting: keyof Settings, reason: string): undefined {
    this.problems.push({ setting, reason });
    return undefined;
  }

  /** The text of a setting that has to have a form. */
  formed(setting: keyof Settings, form: RegExp, reason: string): string | undefined {
    const text = this.text(setting);
    return text === undefined
      ? this.wrong(setting, "it is missing")
      : form.test(text)
        ? text
        : this.wrong(setting, reason);
  }

  chosen<T extends string>(setting: keyof Settings, options: readonly T[], fallback: T): T {
    const text = this.text(setting);
    if (text === undefined) return fallback;
    const chosen = options.find((option) => option === text);
    if (chosen === undefined) this.wrong(setting, `"${text}" is not one of ${options.join(", ")}`);
    return chosen ?? fallback;
  }

  /** Where tests put a double in the place of a service. */
  endpoint(setting: keyof Settings, usual: string): string {
    const text = this.text(setting);
    if (text === undefined) return usual;
    const origin = URL.parse(text)?.origin ?? "";
    if (!this.isProduction && isLoopbackOrigin(origin) && text.startsWith(origin)) return text.replace(/\/$/, "");
    this.wrong(setting, "it is for tests: an address on this machine, and not in production");
    return usual;
  }

  /** A key in PEM. In a variable of one line, the ends of lines are written `\n`. */
  pem(text: string): string | undefined {
    const key = text.replaceAll("\\n", "\n").replaceAll("\r", "").trim();
    return PEM.test(key) ? key : undefined;
  }

  /** Whether any of them is given: then the others are needed as well. */
  any(...settings: (keyof Settings)[]): boolean {
    return settings.some((setting) => this.text(setting) !== undefined);
  }
}

const vapidOf = (reader: Reader): VapidKeys | undefined => {
  if (!reader.any("VAPID_PUBLIC_KEY", "VAPID_PRIVATE_KEY", "VAPID_SUBJECT")) return undefined;
  const publicKey = reader.formed("VAPID_PUBLIC_KEY", PUBLIC_KEY, "it is no P-256 point of 65 bytes in base64url");
  const privateKey = reader.formed("VAPID_PRIVATE_KEY", PRIVATE_KEY, "it is not 32 bytes in base64url");
  const subject = reader.formed(
    "VAPID_SUBJECT",
    /^(?:mailto:[^\s@]+@[^\s@]+|https:\/\/[^\s]+)$/,
    "it is neither mailto: with an address nor an https: URL",
  );
  if (publicKey === undefined || privateKey === undefined || subject === undefined) return undefined;
  if (reader.isProduction && publicKey === DEVELOPMENT_VAPID_KEY)
    return reader.wrong("VAPID_PUBLIC_KEY", "everybody knows this pair; production needs its own (npm run keys)");
  return { publicKey, privateKey, subject };
};

const fcmOf = (reader: Reader): FcmAccount | undefined => {
  const json = reader.text("FCM_SERVICE_ACCOUNT");
  const endpoint = reader.endpoint("FCM_ENDPOINT", GOOGLE.endpoint);
  const tokenEndpoint = reader.endpoint("FCM_TOKEN_ENDPOINT", GOOGLE.tokenEndpoint);
  if (json === undefined) return undefined;
  const wrong = (reason: string): undefined => reader.wrong("FCM_SERVICE_ACCOUNT", reason);
  let account: Partial<Record<string, unknown>>;
  try {
    account = Object(JSON.parse(json)) as Partial<Record<string, unknown>>;
  } catch {
    // What is wrong with it is not told: the message would quote it.
    return wrong("it is not JSON");
  }
  const { project_id: projectId, client_email: clientEmail, private_key: key, private_key_id: keyId } = account;
  if (typeof projectId !== "string" || !/^[a-z0-9:.-]{1,64}$/.test(projectId)) return wrong("it has no project_id");
  if (typeof clientEmail !== "string" || !clientEmail.includes("@")) return wrong("it has no client_email");
  const privateKey = typeof key === "string" ? reader.pem(key) : undefined;
  if (privateKey === undefined) return wrong("it has no private_key");
  return {
    projectId,
    clientEmail,
    privateKey,
    ...(typeof keyId === "string" ? { keyId } : {}),
    endpoint,
    tokenEndpoint,
  };
};

const relayOf = (reader: Reader): ApnsAccount["relay"] | undefined => {
  if (!reader.any("APNS_RELAY_URL", "APNS_RELAY_SECRET")) return undefined;
  const text = reader.text("APNS_RELAY_URL");
  const url = text === undefined ? null : URL.parse(text);
  if (url === null || !(url.protocol === "https:" || isLoopbackOrigin(url.origin)))
    return reader.wrong("APNS_RELAY_URL", "it is no https: URL (http: only on this machine itself)");
  const secret = reader.formed("APNS_RELAY_SECRET", /^[!-~]{32,}$/, "it needs at least 32 characters without spaces");
  return secret === undefined ? undefined : { url: url.href.replace(/\/$/, ""), secret };
};

const apnsOf = (reader: Reader): ApnsAccount | undefined => {
  const side = reader.chosen("APNS_ENVIRONMENT", ["production", "sandbox"], "production");
  const endpoint = reader.endpoint("APNS_ENDPOINT", APPLE[side]);
  const before = reader.problems.length;
  const relay = relayOf(reader);
  if (!reader.any("APNS_KEY", "APNS_KEY_ID", "APNS_TEAM_ID", "APNS_TOPIC") && relay === undefined) return undefined;
  const text = reader.text("APNS_KEY");
  const key = text === undefined ? undefined : reader.pem(text);
  if (key === undefined) reader.wrong("APNS_KEY", text === undefined ? "it is missing" : "it is no .p8 file (PEM)");
  const id = /^[A-Z0-9]{10}$/;
  const keyId = reader.formed("APNS_KEY_ID", id, "it is not 10 of A-Z and 0-9");
  const teamId = reader.formed("APNS_TEAM_ID", id, "it is not 10 of A-Z and 0-9");
  const topic = reader.formed("APNS_TOPIC", /^[A-Za-z0-9.-]{1,128}$/, "it is no bundle id");
  if (key === undefined || keyId === undefined || teamId === undefined || topic === undefined) return undefined;
  if (reader.problems.length > before) return undefined;
  return { key, keyId, teamId, topic, endpoint, ...(relay === undefined ? {} : { relay }) };
};

const hostsOf = (reader: Reader): PushHosts => {
  const hosts = PushHosts.read(reader.text("PUSH_HOSTS"), !reader.isProduction);
  if (hosts instanceof PushHosts) return hosts;
  reader.wrong("PUSH_HOSTS", `"${hosts.wrong}" is not a host name such as push.example.com or *.push.example.com`);
  return PushHosts.read(undefined, false) as PushHosts;
};

const isLog = (reader: Reader): boolean => {
  if (reader.chosen("PUSH_GATEWAY", ["services", "log"], "services") === "services") return false;
  if (reader.isProduction) reader.wrong("PUSH_GATEWAY", "log reaches nobody; it is for development");
  return !reader.isProduction;
};

/** What this server can push by, from the settings: at the edge and in the objects alike. */
export const readPushSettings = (settings: Settings): PushSettings => {
  const reader = new Reader(settings);
  const log = isLog(reader);
  const hosts = hostsOf(reader);
  const previews = reader.chosen("PUSH_PREVIEWS", ["on", "off"], "off") === "on";
  const vapid = vapidOf(reader);
  const fcm = fcmOf(reader);
  const apns = apnsOf(reader);
  // A browser is told a key before it has an address: without one there is no Web Push, not even for the log.
  const offered = { webpush: vapid !== undefined, fcm: log || fcm !== undefined, apns: log || apns !== undefined };
  return {
    log,
    ...(vapid === undefined ? {} : { vapid }),
    ...(fcm === undefined ? {} : { fcm }),
    ...(apns === undefined ? {} : { apns }),
    hosts,
    previews,
    offers: (kind) => offered[kind],
    isPushHost: (url) => hosts.has(url),
    problems: reader.problems,
  };
};
