import { createHash } from "node:crypto";
import { createServer } from "node:http";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { until } from "../support/wait.ts";
import { describeBrowser, useStage } from "./browser.ts";

const WEB = path.resolve(import.meta.dirname, "../../dist/web");
const TYPES: Readonly<Record<string, string>> = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css" };

interface Icon {
  readonly src: string;
  readonly sizes: string;
  readonly type: string;
  readonly purpose: string;
}

/** Width and height that a PNG says it has. */
const pngSize = (bytes: Buffer): string => `${bytes.readUInt32BE(16)}x${bytes.readUInt32BE(20)}`;

/** Serves a folder, which a test may change: no API, so nobody gets past the sign-in. */
const serveFolder = async (folder: string): Promise<{ url: string; close: () => Promise<void> }> => {
  const answer = async (pathname: string): Promise<[status: number, type: string, body: Buffer | string]> => {
    const name = pathname === "/" ? "/index.html" : pathname;
    try {
      return [200, TYPES[path.extname(name)] ?? "application/octet-stream", await readFile(path.join(folder, name))];
    } catch {
      // Not there, as in the real one.
      return [404, "text/plain", "Not found\n"];
    }
  };
  const server = createServer((request, response) => {
    void answer(new URL(request.url ?? "/", "http://any").pathname).then(([status, type, body]) =>
      response.writeHead(status, { "content-type": type, "cache-control": "no-cache" }).end(body),
    );
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};

/** Another build in the same folder: another script under another name, and a page and a worker that name it. */
const renew = async (folder: string): Promise<string> => {
  const page = await readFile(path.join(folder, "index.html"), "utf8");
  const before = /assets\/(index-[\w-]+\.js)/.exec(page)?.[1] ?? "";
  const next = "index-renewed.js";
  const script = `document.documentElement.dataset.build = "renewed";${await readFile(path.join(folder, "assets", before), "utf8")}`;
  const renewed = page.replace(before, next);
  const integrity = (text: string): string => `sha256-${createHash("sha256").update(text).digest("base64")}`;
  const worker = (await readFile(path.join(folder, "sw.js"), "utf8"))
    .replace(/"version":"\w+"/, `"version":"renewed"`)
    .replace(integrity(page), integrity(renewed))
    .replace(new RegExp(`"/assets/${before}","[^"]+"`), `"/assets/${next}","${integrity(script)}"`);
  await rm(path.join(folder, "assets", before));
  await writeFile(path.join(folder, "assets", next), script);
  await writeFile(path.join(folder, "index.html"), renewed);
  await writeFile(path.join(folder, "sw.js"), worker);
  return `/assets/${before}`;
};

describeBrowser("as an app of the system", () => {
  const stage = useStage();

  test("it can be installed: the manifest is right, and so are its icons", async () => {
    const window = await stage.window();
    await window.readyForOffline();
    const browser = await window.page.context().newCDPSession(window.page);
    const { errors, data = "" } = await browser.send("Page.getAppManifest");
    expect(errors).toEqual([]);
    const { installabilityErrors } = await browser.send("Page.getInstallabilityErrors");
    // A profile made for a test is a private one, where nothing can be installed.
    expect(installabilityErrors.map(({ errorId }) => errorId).filter((id) => id !== "in-incognito")).toEqual([]);
    const manifest = JSON.parse(data) as { id: string; display: string; icons: Icon[]; shortcuts: { url: string }[] };
    expect(manifest).toMatchObject({ id: "/", start_url: "/", display: "standalone" });
    const drawn = manifest.icons.filter((icon) => icon.type === "image/png");
    expect(drawn.map(({ sizes, purpose }) => `${sizes} ${purpose}`).toSorted()).toEqual([
      "192x192 any",
      "192x192 maskable",
      "512x512 any",
      "512x512 maskable",
    ]);
    for (const { src, sizes } of drawn) {
      const answer = await fetch(new URL(src, stage.server.url));
      expect(answer.headers.get("content-type")).toBe("image/png");
      expect(pngSize(Buffer.from(await answer.arrayBuffer()))).toBe(sizes);
    }
  });

  test("files whose names are hashes are kept for ever; the page and the worker are asked for each time", async () => {
    const control = async (address: string): Promise<string | null> =>
      (await fetch(new URL(address, stage.server.url))).headers.get("cache-control");
    const page = await (await fetch(stage.server.url)).text();
    const script = /\/assets\/[\w.-]+\.js/.exec(page)?.[0] ?? "";
    expect(await control(script)).toBe("public, max-age=31536000, immutable");
    for (const address of ["/", "/index.html", "/sw.js"]) expect(await control(address)).toBe("no-cache");
  });

  test("a new version waits for somebody to reload; until then an open tab keeps all of its own", async () => {
    const folder = await mkdtemp(path.join(tmpdir(), "parley-app-"));
    await cp(WEB, folder, { recursive: true });
    const site = await serveFolder(folder);
    try {
      const context = await stage.profile();
      const [tab, other] = [await stage.window(context, site.url), await stage.window(context, site.url)];
      const renewed = tab.page.locator("html[data-build=renewed]");
      await tab.readyForOffline();
      await Promise.all([tab.page.reload(), other.page.reload()]);
      expect(await tab.at("update").count()).toBe(0);
      const gone = await renew(folder);
      await tab.page.evaluate(async () => await (await navigator.serviceWorker.ready).update());
      await tab.at("update").waitFor();
      await tab.screenshot("update-ready");
      // A reload by hand is still the old one, whole.
      await tab.page.reload();
      await tab.at("update").waitFor();
      expect(await renewed.count()).toBe(0);
      await tab.at("update-reload").click();
      await renewed.waitFor();
      expect(await tab.at("update").count()).toBe(0);
      // The other tab is told, goes on, and still finds what the server has no more.
      await other.at("update").waitFor();
      const found = await other.page.evaluate(async (address) => (await fetch(address)).ok, gone);
      expect(found).toBe(true);
      await other.page.close();
      await tab.page.goto("about:blank");
      await tab.page.goto(site.url);
      const builds = async (): Promise<number> => await tab.page.evaluate(async () => (await caches.keys()).length);
      await until("the old one to be dropped", async () => (await builds()) === 1);
    } finally {
      await site.close();
      await rm(folder, { recursive: true, force: true });
    }
  });
});
