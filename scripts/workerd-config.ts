import { isLoopback } from "./settings.ts";
import type { Settings } from "./settings.ts";

/** The platform's behaviour that the code is written for. wrangler.toml names the same date; a test compares them. */
export const COMPATIBILITY_DATE = "2026-11-02";

/** Durable Object classes by binding. The unique keys name the data on disk: they never change. */
export const OBJECT_CLASSES = {
  CONVERSATION: "ConversationObject",
  USER: "UserObject",
  FANOUT: "FanoutObject",
  DIRECTORY: "DirectoryObject",
  PUSH_GATE: "PushGateObject",
  DEAD_LETTERS: "DeadLettersObject",
  ADDRESS: "AddressObject",
  AUDIT: "AuditObject",
  DUTIES: "DutiesObject",
  QUEUE: "QueueObject",
  ARCHIVE: "ArchiveObject",
  JOBS: "JobsObject",
} as const;

/** Where things are. `modules` are relative to the configuration file, directories are absolute. */
export interface WorkerdPaths {
  readonly workerModule: string;
  readonly assetsModule: string;
  readonly webDir: string;
  readonly objectsDir: string;
  readonly blobsDir: string;
  /** The Unix socket on which the server listens for its supervisor, if there is one. */
  readonly controlSocket?: string;
}

/** Text as a capnp literal: JSON's escapes are a subset of what capnp reads, but for \u. */
const quoted = (text: string): string => {
  // oxlint-disable-next-line no-control-regex -- control characters are what must be kept out
  if (/[\u0000-\u001f\u007f]/.test(text)) throw new RangeError("unable to write a setting; it has control characters");
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
};

const textBindings = (settings: Settings): [name: string, value: string][] => {
  const all: [string, string | number | undefined][] = [
    ["AUTH_MODE", settings.authMode],
    ["AUTH_JWKS_URL", settings.authJwksUrl],
    ["AUTH_ISSUER", settings.authIssuer],
    ["AUTH_AUDIENCE", settings.authAudience],
    ["ALLOWED_ORIGINS", settings.allowedOrigins.join(",")],
    ["ENVIRONMENT", settings.environment],
    ...Object.entries(settings.regions.texts),
    ["COLD_DAYS", settings.coldDays],
    ["SEND_RATE", settings.sendRate],
    ["SEND_BURST", settings.sendBurst],
    ["HOT_ENTRIES", settings.hotEntries],
    ["HOT_DAYS", settings.hotDays],
    ["CONNECT_RATE", settings.connectRate],
    ["CONNECT_BURST", settings.connectBurst],
    ["CLIENT_ADDRESS_HEADER", settings.clientAddressHeader],
    ["ARCHIVE_BACKUP_DAYS", settings.archiveBackupDays],
    ["LINK_PREVIEWS", settings.linkPreviews ? "on" : undefined],
    ["PUSH_RATE", settings.pushRate],
    ["PUSH_BURST", settings.pushBurst],
    ...Object.entries(settings.push.texts),
  ];
  return all.flatMap(([name, value]): [string, string][] => (value === undefined ? [] : [[name, String(value)]]));
};

const socketAddress = ({ host, port }: Settings): string => `${host.includes(":") ? `[${host}]` : host}:${port}`;

/** Only by this way the entry point is reached: it is no service of the other socket, nor of any binding. */
const controlOf = ({ controlSocket }: WorkerdPaths): string[] => {
  if (controlSocket === undefined) return [];
  const service = `(name = "parley", entrypoint = "Control")`;
  return [`(name = "control", address = ${quoted(`unix:${controlSocket}`)}, http = (), service = ${service})`];
};

/** Keys of an identity provider on this very machine are the only private address the worker may ask. */
const networkOf = ({ authJwksUrl }: Settings): string => {
  const url = authJwksUrl === undefined ? null : URL.parse(authJwksUrl);
  const isLocal = url !== null && url.protocol === "http:" && isLoopback(url.hostname);
  return isLocal ? `["public", "private"]` : `["public"]`;
};

/**
 * Where link previews are fetched: what people write must never lead into the operator's network, so it is never
 * the network above. Refused besides are IPv6 addresses that carry an IPv4 address, which a gateway may unwrap.
 */
const PREVIEW_NETWORK = `deny = ["::/96", "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16"], allow = ["public"]`;

/** Where push services are reached. */
const pushNetworkOf = ({ push }: Settings): string => (push.onThisMachine ? `["public", "local"]` : `["public"]`);

/** Where archives are reached. */
const archiveNetworkOf = ({ archive }: Settings): string =>
  archive.onThisMachine ? `["public", "local"]` : `["public"]`;

/** Secrets by name: workerd is given them in its environment. */
export const secretsOf = ({ authSecret, push, archive }: Settings): Record<string, string> => ({
  ...(authSecret === undefined ? {} : { AUTH_SECRET: authSecret }),
  ...push.secrets,
  ...archive.secrets,
});

/** The configuration of `workerd serve`. Secrets are not in it: workerd takes them from its environment. */
export const workerdConfig = (settings: Settings, paths: WorkerdPaths): string => {
  const objects = Object.entries(OBJECT_CLASSES);
  const bindings = [
    ...objects.map(([name, className]) => `(name = "${name}", durableObjectNamespace = "${className}")`),
    `(name = "ASSETS", service = "assets")`,
    `(name = "BLOB_DISK", service = "blobs")`,
    `(name = "ARCHIVE_NET", service = "archive")`,
    `(name = "PREVIEW_NET", service = "pages")`,
    `(name = "PUSH_NET", service = "push")`,
    ...textBindings(settings).map(([name, value]) => `(name = "${name}", text = ${quoted(value)})`),
    ...Object.keys(secretsOf(settings)).map((name) => `(name = "${name}", fromEnvironment = "${name}")`),
  ];
  const namespaces = objects.map(
    ([, className]) => `(className = "${className}", uniqueKey = "parley-${className}", enableSql = true)`,
  );
  const sockets = [
    `(name = "http", address = ${quoted(socketAddress(settings))}, http = (), service = "parley")`,
    ...controlOf(paths),
  ];
  return `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "parley", worker = .parley),
    (name = "objects", disk = (path = ${quoted(paths.objectsDir)}, writable = true)),
    (name = "blobs", disk = (path = ${quoted(paths.blobsDir)}, writable = true)),
    (name = "assets", worker = .assets),
    (name = "web", disk = (path = ${quoted(paths.webDir)})),
    (name = "internet", network = (allow = ${networkOf(settings)}, tlsOptions = (trustBrowserCas = true))),
    (name = "pages", network = (tlsOptions = (trustBrowserCas = true), ${PREVIEW_NETWORK})),
    (name = "archive", network = (allow = ${archiveNetworkOf(settings)}, tlsOptions = (trustBrowserCas = true))),
    (name = "push", network = (allow = ${pushNetworkOf(settings)}, tlsOptions = (trustBrowserCas = true))),
  ],
  sockets = [${sockets.join(", ")}]
);

const parley :Workerd.Worker = (
  modules = [(name = "index.js", esModule = embed ${quoted(paths.workerModule)})],
  compatibilityDate = "${COMPATIBILITY_DATE}",
  durableObjectNamespaces = [${namespaces.join(", ")}],
  durableObjectStorage = (localDisk = "objects"),
  bindings = [
    ${bindings.join(",\n    ")},
  ],
);

const assets :Workerd.Worker = (
  modules = [(name = "assets.js", esModule = embed ${quoted(paths.assetsModule)})],
  compatibilityDate = "${COMPATIBILITY_DATE}",
  bindings = [(name = "WEB", service = "web")],
);
`;
};
