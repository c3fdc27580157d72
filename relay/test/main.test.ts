import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { selfSigned } from "../../test/support/push/certificate.ts";

const MAIN = path.resolve(import.meta.dirname, "../src/main.ts");
const SECRET = "hush".repeat(8);

const run = (env: Record<string, string>) =>
  spawn(process.execPath, [MAIN], { env: { RELAY_PORT: "0", ...env }, stdio: ["ignore", "pipe", "pipe"] });

describe("npm run relay", () => {
  let dir: string;
  const { cert, key } = selfSigned();
  beforeAll(() => {
    dir = mkdtempSync(path.join(tmpdir(), "parley-relay-"));
    writeFileSync(path.join(dir, "cert.pem"), cert);
    writeFileSync(path.join(dir, "key.pem"), key);
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  it("serves, over TLS with a certificate, and ends on SIGTERM", async () => {
    const tls = { RELAY_TLS_CERT: path.join(dir, "cert.pem"), RELAY_TLS_KEY: path.join(dir, "key.pem") };
    const child = run({ APNS_RELAY_SECRET: SECRET, ...tls });
    const lines = child.stdout[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    const started = JSON.parse(String((await lines.next()).value)) as { event: string; port: number; tls: boolean };
    expect(started).toMatchObject({ event: "relay_started", tls: true });
    const asked = request(`https://127.0.0.1:${started.port}/healthz`, { ca: cert }).end();
    const [answer] = (await once(asked, "response")) as [NodeJS.ReadableStream & { statusCode: number }];
    expect([answer.statusCode, await text(answer)]).toEqual([200, '{"status":"ok"}']);
    child.kill("SIGTERM");
    expect(await once(child, "exit")).toEqual([0, null]);
  });

  it("says in one line what is wrong with a setting", async () => {
    const child = run({ APNS_RELAY_SECRET: SECRET.slice(1) });
    const said = text(child.stderr);
    expect(await once(child, "exit")).toEqual([2, null]);
    expect(await said).toMatch(/^bad setting APNS_RELAY_SECRET: [^\n]*\n$/);
  });
});
