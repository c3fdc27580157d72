/** The app's own files, kept by version: each is one whole build, or nothing. */
const PREFIX = "parley-shell-";
const OWN = PREFIX + BUILD.version;
/** Any page address is the app: it finds its way by itself. */
const PAGE = "/";

/**
 * Fetches this build. The integrity makes it one: what another build answers, because the server was renewed
 * meanwhile, is refused, and the browser tries again later.
 */
export const keepShell = async (): Promise<void> => {
  const cache = await caches.open(OWN);
  await cache.addAll(BUILD.files.map(([address, integrity]) => new Request(address, { integrity, cache: "no-cache" })));
};

const fromOwn = async (request: Request): Promise<Response> => {
  const cache = await caches.open(OWN);
  return (await cache.match(PAGE)) ?? fetch(request);
};

/** Hashed names are never given twice, so any version's copy is right: a tab of the version before finds its own. */
const fromAny = async (request: Request): Promise<Response> =>
  (await caches.match(request, { ignoreVary: true })) ?? fetch(request);

/** The answer to a request of the app's own files; `undefined`: not ours, the network answers. */
export const shellAnswer = (request: Request): Promise<Response> | undefined => {
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return undefined;
  if (pathname.startsWith("/api/") || pathname === "/healthz") return undefined;
  if (request.mode === "navigate") return fromOwn(request);
  return BUILD.files.some(([address]) => address === pathname) || pathname.startsWith("/assets/")
    ? fromAny(request)
    : undefined;
};

/** Drops the builds before this one. Only while no page is open: one of an older build may still need its files. */
export const dropOldShells = async (): Promise<void> => {
  const names = await caches.keys();
  const old = names.filter((name) => name.startsWith(PREFIX) && name !== OWN);
  await Promise.all(old.map((name) => caches.delete(name)));
};
