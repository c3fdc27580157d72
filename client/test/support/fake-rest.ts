import type { FakeServer } from "./fake-server.ts";

const problem = (status: number, code: string): Response =>
  Response.json({ code, detail: code, status }, { status, headers: { "content-type": "application/problem+json" } });

/** The HTTP half of the double, as one user sees it. */
export const restOf =
  (server: FakeServer, user: string): typeof fetch =>
  async (input) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const [noun, id = "", part] = url.pathname.replace("/api/v1/", "").split("/").map(decodeURIComponent);
    const logs = [...server.logs.values()].filter((log) => log.members.includes(user));
    if (noun !== "conversations") return problem(501, "unsupported");
    if (id === "") return Response.json({ conversations: logs.map((log) => log.row(user)) });
    const log = logs.find((one) => one.id === id);
    if (log === undefined) return problem(404, "not_found");
    if (part !== "messages") return Response.json(log.row(user));
    const before = Number(url.searchParams.get("before") ?? Number.MAX_SAFE_INTEGER);
    const limit = Number(url.searchParams.get("limit") ?? 50);
    const older = log.messages(user).filter((message) => message.seq < before);
    const messages = older.slice(-limit).toReversed();
    return Response.json({ messages, ...(older.length > limit ? { next_cursor: "more" } : {}) });
  };
