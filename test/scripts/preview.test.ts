import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startProbe } from "../support/probe.ts";
import type { Probe } from "../support/probe.ts";
import { useServer } from "../support/target.ts";
import { until } from "../support/wait.ts";

/** Something of the operator's that no preview may reach. It counts who came. */
const secret = { visits: 0, port: 0 };
const server = createServer((_request, response) => {
  secret.visits++;
  response.writeHead(200, { "content-type": "text/html" }).end("<title>secret</title>");
});
beforeAll(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  secret.port = (server.address() as AddressInfo).port;
});
afterAll(() => server.close());

describe("[PREV-1] a server with LINK_PREVIEWS=on", () => {
  const target = useServer({ env: { LINK_PREVIEWS: "on" } });

  it("finds nothing on this machine, however it is written, and does not go there", async () => {
    const ann = await target.person("ann");
    const before = secret.visits;
    const hosts = [
      "127.0.0.1",
      "127.1",
      "2130706433",
      "0x7f.1",
      "017700000001",
      "[::1]",
      "[::ffff:127.0.0.1]",
      "localhost",
    ];
    for (const host of hosts) {
      for (const url of [`http://${host}:${secret.port}/`, `http://${host}/`]) {
        const problem = await ann.rest.refused("linkPreview", { query: { url } });
        expect([url, problem.code]).toEqual([url, "not_found"]);
      }
    }
    expect(secret.visits).toBe(before);
  });

  it("asks for a token and an address", async () => {
    const query = { url: "https://example.com/" };
    expect(await target.anonymous.refused("linkPreview", { query })).toMatchObject({ code: "unauthenticated" });
    const ann = await target.person("ann");
    expect(await ann.rest.refused("linkPreview")).toMatchObject({ code: "bad_request" });
    const long = { url: `https://example.com/${"x".repeat(2048)}` };
    expect(await ann.rest.refused("linkPreview", { query: long })).toMatchObject({ code: "bad_request" });
  });
});

describe("[PREV-1] a server without the setting", () => {
  const target = useServer();

  it("makes no previews", async () => {
    const ann = await target.person("ann");
    const query = { url: "https://example.com/" };
    expect(await ann.rest.refused("linkPreview", { query })).toMatchObject({ status: 501, code: "unsupported" });
  });
});

/** Fetches what it is told to, by either network: what is tried here is where they lead, without the rules of addresses. */
const PROBE = `
import { DurableObject } from "cloudflare:workers";
export class ConversationObject extends DurableObject {}
export class UserObject extends DurableObject {}
export default {
  async fetch(request, env) {
    const { by, url } = Object.fromEntries(new URL(request.url).searchParams);
    if (url === undefined) return new Response("ready");
    try {
      const response = await (by === "PREVIEW_NET" ? env.PREVIEW_NET.fetch(url) : fetch(url));
      return new Response(await response.text());
    } catch {
      return new Response("unreachable");
    }
  },
};
`;

describe("[PREV-1] the network that previews are fetched by", () => {
  let probe: Probe;
  /** How many connections workerd says that it did not allow. */
  const refusals = (): number => probe.complaints().split("is not allowed").length - 1;
  const ask = async (by: string, host: string): Promise<string> => {
    const query = new URLSearchParams({ by, url: `http://${host}:${secret.port}/` });
    return await (await fetch(`${probe.base}/?${query.toString()}`, { signal: AbortSignal.timeout(20_000) })).text();
  };

  // Keys on this machine open the private network to the server: to all of it but previews.
  beforeAll(async () => {
    probe = await startProbe(PROBE, { LINK_PREVIEWS: "on", AUTH_JWKS_URL: `http://127.0.0.1:${secret.port}/` });
  });
  afterAll(() => probe.stop());

  it.each(["127.0.0.1", "localhost"])("is not the one that leads to %s", async (host) => {
    expect(await ask("the other", host)).toBe("<title>secret</title>");
    const before = secret.visits;
    expect(await ask("PREVIEW_NET", host)).toBe("unreachable");
    expect(secret.visits).toBe(before);
  });

  const carriers = [
    "[::ffff:127.0.0.1]",
    "[::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[64:ff9b:1::7f00:1]",
    "[2002:7f00:1::]",
  ];
  it.each(["0.0.0.0", "127.1.2.3", "10.0.0.1", ...carriers])("refuses %s, without trying to reach it", async (host) => {
    const before = refusals();
    expect(await ask("PREVIEW_NET", host)).toBe("unreachable");
    await until("the refusal", () => refusals() > before);
  });
});
