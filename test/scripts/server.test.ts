import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DataInUseError } from "../../scripts/data-lock.ts";
import { startServer, StartError } from "../../scripts/server.ts";
import type { RunningServer, ServerOptions } from "../../scripts/server.ts";
import { SettingsError } from "../../scripts/settings.ts";

let dataDir: string;
const running: RunningServer[] = [];

const start = async (options: Partial<ServerOptions> = {}): Promise<RunningServer> => {
  const server = await startServer({ dataDir, ...options });
  running.push(server);
  return server;
};

const tokenOf = async (server: RunningServer): Promise<string> => {
  const answer = await fetch(`${server.url}/api/v1/dev/token`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ user_id: "ann", device_id: "phone" }),
  });
  expect(answer.status).toBe(200);
  return ((await answer.json()) as { token: string }).token;
};

beforeEach(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), "parley-server-"));
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.kill()));
  await rm(dataDir, { recursive: true, force: true });
});

describe("a server on plain workerd", () => {
  it("[HTTP-3] is ready when it says so, and its process is workerd itself", async () => {
    const server = await start();
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
    const name = await readFile(`/proc/${server.pid}/comm`, "utf8").catch(() => "workerd\n");
    expect(name.trim()).toBe("workerd");
  });

  it("serves on the same port and data after a kill; a token from before is still good", async () => {
    const first = await start();
    const token = await tokenOf(first);
    await first.kill();
    expect(await first.exited).toMatchObject({ signal: "SIGKILL" });
    const second = await start({ port: first.port });
    expect(second.url).toBe(first.url);
    const answer = await fetch(`${second.url}/api/v1/conversations`, { headers: { authorization: `Bearer ${token}` } });
    expect(answer.status).toBe(200);
    expect((await stat(path.join(dataDir, "dev-secret"))).mode & 0o777).toBe(0o600);
  });

  it("takes away what was half written when it was killed, and no file that is whole", async () => {
    const folder = path.join(dataDir, "blobs/local/exports");
    await mkdir(folder, { recursive: true });
    const files = [".half.882.0.tmp", "whole.tmp", "whole"];
    for (const name of files) await writeFile(path.join(folder, name), "text");
    await start();
    expect((await readdir(folder)).toSorted()).toEqual(["whole", "whole.tmp"]);
  });

  it("keeps a second server out of its data, and lets it in afterwards", async () => {
    const server = await start();
    await expect(startServer({ dataDir })).rejects.toThrow(DataInUseError);
    await expect(startServer({ dataDir })).rejects.toThrow(`process ${server.pid}`);
    await server.stop();
    expect(existsSync(path.join(dataDir, "server.lock"))).toBe(false);
    await start();
  });

  it.each([
    ["of a process that is gone", JSON.stringify({ supervisor: { pid: 2 ** 22 - 1, began: "1" } })],
    ["of a process whose id somebody else has now", JSON.stringify({ supervisor: { pid: process.ppid, began: "1" } })],
    ["that was cut off", '{"supervisor":{"pi'],
  ])("takes over a lock %s", async (_title, content) => {
    await writeFile(path.join(dataDir, "server.lock"), content);
    const server = await start();
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
  });

  it("keeps secrets out of what it writes, but for its own of development", async () => {
    const secret = "only-in-the-environment-0123456789abcdef";
    await start({ env: { AUTH_SECRET: secret } });
    expect(await readFile(path.join(dataDir, "run", "parley.capnp"), "utf8")).not.toContain(secret);
    expect(existsSync(path.join(dataDir, "dev-secret"))).toBe(false);
  });

  it("refuses bad settings before it touches the data", async () => {
    await expect(startServer({ dataDir, env: { REGION: "EU West" } })).rejects.toThrow(SettingsError);
    expect(existsSync(path.join(dataDir, "server.lock"))).toBe(false);
  });

  it("says why it does not come up, and gives the data free again", async () => {
    const server = await start();
    const other = await mkdtemp(path.join(tmpdir(), "parley-server-"));
    try {
      const refused = startServer({ dataDir: other, port: server.port });
      await expect(refused).rejects.toThrow(StartError);
      await expect(refused).rejects.toThrow(/in use/i);
      expect(existsSync(path.join(other, "server.lock"))).toBe(false);
    } finally {
      await rm(other, { recursive: true, force: true });
    }
  });
});

describe("the web app's files", () => {
  it("come with types, validators and security headers; pages inside the app are the app", async () => {
    const { url } = await start();
    const page = await fetch(`${url}/`);
    expect(page.status).toBe(200);
    expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
    const html = await page.text();
    const script = /src="(\/assets\/[^"]+\.js)"/.exec(html)?.[1] ?? "";
    const file = await fetch(url + script);
    expect(file.headers.get("content-type")).toBe("text/javascript; charset=utf-8");
    expect(file.headers.get("cache-control")).toContain("immutable");
    expect((await file.arrayBuffer()).byteLength).toBe(Number(file.headers.get("content-length")));
    const etag = page.headers.get("etag") ?? "";
    expect((await fetch(`${url}/`, { headers: { "if-none-match": etag } })).status).toBe(304);
    expect(await (await fetch(`${url}/c/some-conversation`)).text()).toBe(html);
  });

  it("are not there when they are not there, and nothing beside them is", async () => {
    const { url } = await start();
    for (const missing of ["/assets/none.js", "/favicon.ico", "/..%2f..%2fpackage.json", "/.web.stamp"]) {
      expect([missing, (await fetch(url + missing)).status]).toEqual([missing, 404]);
    }
    expect((await fetch(`${url}/_headers`)).headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(await (await fetch(`${url}/assets`)).text()).toContain("<!doctype html>");
    expect((await fetch(`${url}/`, { method: "DELETE" })).status).toBe(404);
  });
});
