import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { AdminClient } from "@parley/client/admin";
import { AUDIT_START, hashedText } from "../../src/shared/audit-chain.ts";
import type { AuditHead, ChainedEntry } from "../../src/shared/audit-chain.ts";
import { ROUTES } from "../../src/shared/protocol/http.ts";
import { CALLS } from "../src/admin/calls.ts";

interface Asked {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  readonly body: unknown;
}

/** A server that answers what it is told to, and remembers what it was asked. */
const against = (serve: (asked: Asked) => Response): { admin: AdminClient; asked: Asked[] } => {
  const asked: Asked[] = [];
  const fetch = (input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> => {
    const body: unknown = typeof init.body === "string" ? JSON.parse(init.body) : undefined;
    const url = new URL(input instanceof Request ? input.url : input);
    const one = { method: init.method ?? "GET", url, headers: new Headers(init.headers), body };
    asked.push(one);
    return Promise.resolve(serve(one));
  };
  return { admin: new AdminClient({ url: "https://chat.test", getToken: () => "t", fetch }), asked };
};

const busy = (): Response => Response.json({ code: "overloaded", detail: "busy", retry_after_ms: 1 }, { status: 503 });

const chain = (length: number): ChainedEntry[] => {
  let head: AuditHead = AUDIT_START;
  return Array.from({ length }, () => {
    const rest = { index: head.index + 1, action: "hold", prev_hash: head.hash };
    head = { ...rest, hash: createHash("sha256").update(hashedText(rest)).digest("hex") };
    return head as ChainedEntry;
  });
};

/** A server with this log, each look into which is an entry more. */
const withLog = (entries: readonly ChainedEntry[], head = entries.at(-1) ?? AUDIT_START) =>
  against(({ url }) => {
    if (url.pathname.endsWith("/head")) return Response.json({ index: head.index, hash: head.hash });
    const after = Number(url.searchParams.get("after"));
    return Response.json({ entries: entries.filter(({ index }) => index > after).slice(0, 10) });
  });

describe("@parley/client/admin", () => {
  it("calls what the contract's table of routes says", () => {
    const routes = Object.entries(ROUTES).filter(([, route]) => "admin" in route);
    expect(CALLS).toEqual(Object.fromEntries(routes.map(([name, { method, path }]) => [name, [method, path]])));
  });

  it("puts what is given where it belongs, and repeats what a busy server did not do", async () => {
    let calls = 0;
    const { admin, asked } = against(() => (++calls < 3 ? busy() : new Response(null, { status: 204 })));
    await admin.call("adminClearRetention", { params: { id: "d_eu_a/b" }, query: { reason: "a & b" } });
    expect(asked.length).toBe(3);
    expect(asked[2]).toMatchObject({ method: "DELETE", body: undefined });
    expect(asked[2]?.url.href).toBe("https://chat.test/api/v1/admin/conversations/d_eu_a%2Fb/retention?reason=a+%26+b");
    expect(asked[2]?.headers.get("authorization")).toBe("Bearer t");
  });

  it("asks once only for what is another thing when it is done twice", async () => {
    const { admin, asked } = against(busy);
    const body = { at: "2026-01-01T00:00:00.000Z", reason: "x" };
    await expect(admin.call("adminRestore", { params: { id: "c" }, body })).rejects.toMatchObject({
      code: "overloaded",
    });
    expect(asked.length).toBe(1);
  });

  it("reads a list page by page, no further than it is looked at", async () => {
    const { admin, asked } = against(({ url }) => {
      const at = Number(url.searchParams.get("cursor") ?? 0);
      return Response.json({
        holds: [{ hold_id: `h${String(at)}` }],
        ...(at < 2 ? { next_cursor: String(at + 1) } : {}),
      });
    });
    const all = await Array.fromAsync(admin.list("adminHolds"));
    expect(all.map(({ hold_id }) => hold_id)).toEqual(["h0", "h1", "h2"]);
    for await (const _first of admin.list("adminHolds")) break;
    expect(asked.length).toBe(4);
  });

  it("asks for the rest of a file, and says why there is none", async () => {
    const { admin, asked } = against(({ headers }) =>
      headers.has("range")
        ? new Response("rest", { status: 206 })
        : Response.json({ code: "not_found" }, { status: 404 }),
    );
    expect(await (await admin.exportFile("e", 7)).text()).toBe("rest");
    expect(asked[0]?.headers.get("range")).toBe("bytes=7-");
    await expect(admin.exportFile("e")).rejects.toMatchObject({ code: "not_found" });
  });
});

describe("checking the audit log", () => {
  it("[AUDIT-1] finds a whole one whole, from its beginning and from a head that was noted", async () => {
    const entries = chain(25);
    const seen: string[] = [];
    const onProgress = (checked: number, of: number): void => void seen.push(`${String(checked)}/${String(of)}`);
    expect(await withLog(entries).admin.verifyAudit({ onProgress })).toMatchObject({
      checked: 25,
      head: { index: 25 },
    });
    expect(seen).toEqual(["10/25", "20/25", "25/25"]);
    const later = withLog(entries);
    expect(await later.admin.verifyAudit({ since: entries[19] as AuditHead })).not.toHaveProperty("fault");
    expect(later.asked.length).toBe(3);
    expect(await withLog([]).admin.verifyAudit()).toEqual({ checked: 0, head: AUDIT_START });
  });

  it("[AUDIT-1] does not wait for what is added meanwhile", async () => {
    const entries = chain(30);
    const { checked } = await withLog(entries, entries[20]).admin.verifyAudit();
    expect(checked).toBe(30);
  });

  it("[AUDIT-1] finds what was changed, cut off, or written anew behind a head that was noted", async () => {
    const entries = chain(25);
    const changed = entries.with(12, { ...(entries[12] as ChainedEntry), action: "release" } as ChainedEntry);
    expect((await withLog(changed).admin.verifyAudit()).fault).toMatchObject({ index: 13 });
    const noted = entries[21] as AuditHead;
    for (const options of [{ since: noted }, { noted: [noted] }]) {
      expect((await withLog(entries.slice(0, 20)).admin.verifyAudit(options)).fault, "cut off").toBeDefined();
      expect((await withLog([]).admin.verifyAudit(options)).fault, "emptied").toBeDefined();
      const other = { ...noted, hash: "0".repeat(64) };
      const elsewhere = "since" in options ? { since: other } : { noted: [other] };
      expect((await withLog(entries).admin.verifyAudit(elsewhere)).fault).toMatchObject({ index: 22 });
    }
    // A log that says of itself that it ends later than it does.
    const claimed = { index: 40, hash: "0".repeat(64) };
    expect((await withLog(entries, claimed as ChainedEntry).admin.verifyAudit()).fault).toMatchObject({ index: 26 });
  });
});
