import { createHash, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { operate } from "../support/operator.ts";
import type { Said } from "../support/operator.ts";

const FILE = randomBytes(300_000);
const SHA256 = createHash("sha256").update(FILE).digest("hex");

/** A server that has one export, and gives its file as badly as it is told to. */
class ExportServer {
  readonly started: string[] = [];
  readonly ranges: (string | undefined)[] = [];
  /** How many times it is asked before the export is done. */
  running = 2;
  status = "done";
  sha256 = SHA256;
  /** After so many bytes of an answer the connection breaks, that many times. */
  breaksAfter = 0;
  breaks = 0;
  takesRanges = true;
  readonly #server: Server = createServer((request, response) => this.#answer(request, response));

  get url(): string {
    return `http://127.0.0.1:${String((this.#server.address() as AddressInfo).port)}`;
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const url = request.url ?? "";
    if (url.endsWith("/file")) this.#give(request, response);
    else if (request.method === "POST") this.#start(request, response);
    else {
      const id = url.split("/").at(-1) ?? "";
      this.#json(response, 200, id, this.running-- > 0 ? "running" : this.status);
    }
  }

  #start(request: IncomingMessage, response: ServerResponse): void {
    let text = "";
    request.on("data", (chunk: Buffer) => (text += String(chunk)));
    request.on("end", () => {
      const { export_id } = JSON.parse(text) as { export_id: string };
      this.started.push(export_id);
      this.#json(response, 202, export_id, "running");
    });
  }

  #json(response: ServerResponse, status: number, export_id: string, state: string): void {
    const done = state === "done" ? { sha256: this.sha256 } : {};
    const job = { export_id, user_id: "bob", status: state, done: 1, of: 3, bytes: FILE.length, ...done };
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(job));
  }

  #give(request: IncomingMessage, response: ServerResponse): void {
    const { range } = request.headers;
    this.ranges.push(range);
    const from = this.takesRanges ? Number(/^bytes=(\d+)-$/.exec(range ?? "")?.[1] ?? 0) : 0;
    response.writeHead(from > 0 ? 206 : 200, { "content-length": FILE.length - from });
    if (this.breaks === 0) {
      response.end(FILE.subarray(from));
      return;
    }
    this.breaks--;
    response.write(FILE.subarray(from, from + this.breaksAfter), () => setTimeout(() => response.destroy(), 20));
  }
}

let server: ExportServer;
let dir: string;
const file = (): string => path.join(dir, "bob.gz");
const exportBob = (...more: string[]): Promise<Said> =>
  operate(["export", "bob", "--out", file(), "--url", server.url, "--json", ...more], {
    env: { PARLEY_ADMIN_TOKEN: "t" },
  });

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), "parley-export-"));
  server = new ExportServer();
  await server.listen();
});
afterEach(async () => {
  await server.close();
  await rm(dir, { recursive: true, force: true });
});

describe("[ADM-14] npm run admin -- export", () => {
  it("begins it, waits for it, and keeps the whole file and nothing else", async () => {
    expect(await exportBob()).toMatchObject({ code: 0, err: "", json: [{ ok: true, sha256: SHA256, file: file() }] });
    expect(FILE.equals(await readFile(file()))).toBe(true);
    expect(await readdir(dir)).toEqual(["bob.gz"]);
    expect((await stat(file())).mode & 0o777).toBe(0o600);
    expect(server.ranges).toEqual([undefined]);
  });

  it("goes on where a connection broke, and with the same export when the command was", async () => {
    server.breaksAfter = 100_000;
    server.breaks = 2;
    expect(await exportBob()).toMatchObject({ code: 0 });
    expect(server.ranges).toEqual([undefined, "bytes=100000-", "bytes=200000-"]);
    expect(FILE.equals(await readFile(file()))).toBe(true);
    await rm(file());
    // A server that is gone in the middle: the command gives up, and leaves what it has.
    server.breaksAfter = 0;
    server.breaks = 99;
    await writeFile(`${file()}.part`, FILE.subarray(0, 50_000));
    const id = "00000000-0000-4000-8000-000000000001";
    await writeFile(`${file()}.part.json`, JSON.stringify({ user_id: "bob", export_id: id }));
    const broken = await exportBob();
    expect(broken).toMatchObject({ code: 1, out: "" });
    expect(broken.err).toMatch(/^the download broke off; the same command goes on with it\n$/);
    server.breaks = 0;
    expect(await exportBob()).toMatchObject({ code: 0 });
    expect(server.started.slice(1)).toEqual([id, id]);
    expect(server.ranges.at(-1)).toBe("bytes=50000-");
    expect(FILE.equals(await readFile(file()))).toBe(true);
  }, 30_000);

  it("begins the file anew where the server gives no parts of it", async () => {
    server.breaksAfter = 100_000;
    server.breaks = 1;
    server.takesRanges = false;
    expect(await exportBob()).toMatchObject({ code: 0 });
    expect(FILE.equals(await readFile(file()))).toBe(true);
  });

  it("ends with 3 and keeps nothing where the file is not what the server made", async () => {
    server.sha256 = "0".repeat(64);
    expect(await exportBob()).toMatchObject({ code: 3, json: [{ ok: false }] });
    expect(existsSync(file())).toBe(false);
    expect(existsSync(`${file()}.part`)).toBe(false);
  });

  it("ends with 1 and one line where the file cannot be written", async () => {
    const out = path.join(dir, "no", "such", "place.gz");
    const said = await operate(["export", "bob", "--out", out, "--url", server.url], {
      env: { PARLEY_ADMIN_TOKEN: "t" },
    });
    expect(said).toMatchObject({ code: 1, out: "" });
    expect(said.err).toMatch(/^ENOENT[^\n]+\n$/);
  });

  it("does not mix people, and writes over nothing", async () => {
    await writeFile(`${file()}.part`, "of somebody else");
    await writeFile(`${file()}.part.json`, JSON.stringify({ user_id: "ann", export_id: "x" }));
    expect(await exportBob()).toMatchObject({ code: 0 });
    expect(FILE.equals(await readFile(file()))).toBe(true);
    const again = await exportBob();
    expect(again).toMatchObject({ code: 1 });
    expect(again.err).toMatch(/bob\.gz is there already/);
    expect(server.started.length).toBe(1);
  });

  it.each(["failed", "expired"])("ends with 1 where the export %s, and forgets it", async (status) => {
    server.status = status;
    const said = await exportBob();
    expect(said).toMatchObject({ code: 1, out: "" });
    expect(said.err).toMatch(/^export [0-9a-f-]{36} [^\n]+\n$/);
    expect(await readdir(dir)).toEqual([]);
  });
});
