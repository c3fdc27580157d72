/**
 * Stands in for the platform's static assets where there is plain workerd: files of the web app by path, with
 * types, validators and the headers of `_headers`; any other page address gets the app (it routes by itself).
 */
interface Bindings {
  readonly WEB: { fetch(request: Request | string, init?: RequestInit): Promise<Response> };
}

interface HeaderRule {
  readonly matches: RegExp;
  readonly headers: [name: string, value: string][];
}

const TYPES: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  mjs: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  json: "application/json",
  map: "application/json",
  webmanifest: "application/manifest+json",
  svg: "image/svg+xml",
  png: "image/png",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  webp: "image/webp",
  ico: "image/x-icon",
  txt: "text/plain; charset=utf-8",
  woff2: "font/woff2",
  wasm: "application/wasm",
  mp3: "audio/mpeg",
};

const extensionOf = (pathname: string): string => /\.([a-z0-9]+)$/i.exec(pathname)?.[1]?.toLowerCase() ?? "";

/** The format of the platform's `_headers`: a path pattern, then indented `Name: value` lines. */
const parseRules = (text: string): HeaderRule[] => {
  const rules: HeaderRule[] = [];
  for (const line of text.split("\n")) {
    if (line.trim() === "" || line.startsWith("#")) continue;
    const colon = line.indexOf(":");
    if (!/^\s/.test(line)) {
      const pattern = line
        .trim()
        .replaceAll(/[.+?^${}()|[\]\\]/g, "\\$&")
        .replaceAll("*", ".*");
      rules.push({ matches: new RegExp(`^${pattern}$`), headers: [] });
    } else if (colon > 0) {
      rules.at(-1)?.headers.push([line.slice(0, colon).trim(), line.slice(colon + 1).trim()]);
    }
  }
  return rules;
};

let rules: Promise<HeaderRule[]> | undefined;
const loadRules = async (env: Bindings): Promise<HeaderRule[]> => {
  const file = await env.WEB.fetch("http://web/_headers");
  const text = await file.text();
  return file.ok ? parseRules(text) : [];
};

/** The disk answers for a directory with a listing, which has no length: that is not a file. */
const readFile = async (env: Bindings, pathname: string, method: string): Promise<Response | undefined> => {
  const answer = await env.WEB.fetch(`http://web${pathname}`, { method });
  if (answer.ok && answer.headers.has("content-length")) return answer;
  await answer.body?.cancel();
  return undefined;
};

const decorate = async (env: Bindings, file: Response, asked: string, served: string): Promise<Headers> => {
  const headers = new Headers();
  const length = file.headers.get("content-length") ?? "0";
  const modified = Date.parse(file.headers.get("last-modified") ?? "") || 0;
  headers.set("content-type", TYPES[extensionOf(served)] ?? "application/octet-stream");
  headers.set("content-length", length);
  headers.set("etag", `"${Math.trunc(modified / 1000).toString(36)}-${Number(length).toString(36)}"`);
  headers.set("cache-control", "public, max-age=0, must-revalidate");
  rules ??= loadRules(env);
  for (const rule of await rules) {
    if (!rule.matches.test(asked)) continue;
    for (const [name, value] of rule.headers) headers.set(name, value);
  }
  return headers;
};

const serve = async (request: Request, env: Bindings): Promise<Response> => {
  if (request.method !== "GET" && request.method !== "HEAD") {
    return new Response("Method not allowed\n", { status: 405, headers: { allow: "GET, HEAD" } });
  }
  const asked = new URL(request.url).pathname;
  const isPage = asked === "/" || asked === "/_headers" || asked.endsWith("/");
  let served = isPage ? "/index.html" : asked;
  let file = await readFile(env, served, request.method);
  // A missing script or picture is missing; a missing page is an address inside the app.
  if (file === undefined && extensionOf(asked) === "") {
    served = "/index.html";
    file = await readFile(env, served, request.method);
  }
  if (file === undefined) return new Response("Not found\n", { status: 404 });
  const headers = await decorate(env, file, asked, served);
  if (request.headers.get("if-none-match") === headers.get("etag")) {
    await file.body?.cancel();
    headers.delete("content-length");
    return new Response(null, { status: 304, headers });
  }
  return new Response(request.method === "HEAD" ? null : file.body, { headers });
};

export default { fetch: serve };
