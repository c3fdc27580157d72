import type { Message } from "../../../src/shared/protocol/message.ts";
import { nothing, problem } from "./fake-answers.ts";
import type { FakeLog } from "./fake-log.ts";
import type { FakeServer } from "./fake-server.ts";

interface Call {
  readonly server: FakeServer;
  readonly user: string;
  readonly log: FakeLog;
  readonly method: string;
  readonly query: URLSearchParams;
  readonly body: Readonly<Record<string, unknown>>;
  /** Behind the conversation's id. */
  readonly rest: readonly string[];
}

const page = (call: Call, messages: readonly Message[]): Response => {
  const before = Number(call.query.get("before") ?? Number.MAX_SAFE_INTEGER);
  const limit = Number(call.query.get("limit") ?? 50);
  const older = messages.filter((message) => message.seq < before);
  return Response.json({
    messages: older.slice(-limit).toReversed(),
    ...(older.length > limit ? { next_cursor: "more" } : {}),
  });
};

const entered = (
  call: Call,
  entry: { readonly seq: number; readonly message_id: string; readonly timestamp: string },
) =>
  Response.json(
    { ...entry, conversation_id: call.log.id, client_message_id: call.query.get("client_message_id"), status: "sent" },
    { status: 201 },
  );

const messages = (call: Call): Response => {
  const { log, user, query, rest } = call;
  const [, id, part] = rest;
  const root = query.get("thread_root");
  if (id === undefined)
    return page(
      call,
      log.messages(user).filter((one) => root === null || one.thread_root === root),
    );
  const message = log.message(user, id);
  if (message === undefined) return problem(404, "not_found");
  if (part === "receipts") {
    const receipts = log.members.filter((one) => one !== user).map((user_id) => ({ user_id }));
    return Response.json({ receipts });
  }
  if (part !== "reactions") return Response.json(message);
  const { timestamp: reacted_at } = message;
  const of = ({ emoji, users }: { emoji: string; users: string[] }) =>
    users.map((user_id) => ({ user_id, emoji, reacted_at }));
  return Response.json({ reactions: log.reactors(id).flatMap(of) });
};

const pins = (call: Call): Response => {
  const { server, log, user, method, rest } = call;
  const [, id] = rest;
  if (id === undefined) return Response.json({ messages: log.pins(user) });
  const changes = method === "PUT" ? { pin: id } : { unpin: id };
  return entered(call, server.append(log, { kind: "settings", sender_id: user, changes }));
};

const members = (call: Call): Response => {
  const { server, log, user, method, body, rest } = call;
  const [, user_id] = rest;
  if (method === "GET") return Response.json({ members: log.participants() });
  if (method === "POST") {
    const ids = (body["user_ids"] as string[]).filter((id) => !log.members.includes(id));
    const entries = ids.map((id) =>
      server.append(log, { kind: "member", op: "add", sender_id: user, user_id: id, role: "member" }),
    );
    const last = entries.at(-1);
    return last === undefined ? problem(409, "conflict") : entered(call, last);
  }
  if (user_id === undefined || !log.members.includes(user_id)) return problem(404, "not_found");
  if (method === "DELETE")
    return entered(call, server.append(log, { kind: "member", op: "remove", sender_id: user, user_id }));
  const role = body["role"] as "admin";
  return entered(call, server.append(log, { kind: "member", op: "role", sender_id: user, user_id, role }));
};

const scheduled = (call: Call): Response => {
  const { server, user, method, body, rest } = call;
  const own = server.scheduled.filter((one) => one.user === user);
  if (method === "GET") return Response.json({ scheduled: own.map((one) => one.message) });
  if (method === "POST") {
    const message = { type: "text", ...body, conversation_id: call.log.id, status: "scheduled" };
    server.scheduled.push({ user, message });
    return Response.json(message, { status: 201 });
  }
  server.scheduled = server.scheduled.filter((one) => one.message["client_message_id"] !== rest[1]);
  return nothing();
};

const invites = (call: Call): Response => {
  const { server, log, method, body, rest } = call;
  if (method === "GET")
    return Response.json({ invites: server.invites.filter((one) => one.log === log).map((one) => one.invite) });
  if (method === "DELETE") {
    server.invites = server.invites.filter((one) => one.invite.token !== rest[1]);
    return nothing();
  }
  const token = `t${server.invites.length}`;
  const invite = { token, url: `http://double.test/#/join/${token}`, uses: 0, ...body };
  server.invites.push({ log, invite });
  return Response.json(invite, { status: 201 });
};

const joining = (server: FakeServer, user: string, token: string, accept: boolean): Response => {
  const found = server.invites.find((one) => one.invite.token === token);
  if (found === undefined) return problem(404, "not_found");
  const { log, invite } = found;
  if (!accept) return Response.json({ name: log.name ?? "", member_count: log.members.length });
  const known = log.members.includes(user);
  if (!known) {
    invite.uses++;
    server.append(log, { kind: "member", op: "add", sender_id: user, user_id: user, role: "member" });
  }
  return Response.json(log.row(user), { status: known ? 200 : 201 });
};

const conversation = (call: Call): Response => {
  const { server, log, user, method, query, body, rest } = call;
  switch (rest[0]) {
    case "messages":
      return messages(call);
    case "log": {
      const after = Number(query.get("after") ?? 0);
      const entries = log.seenBy(user).filter((entry) => entry.seq > after);
      const limited = entries.slice(0, Number(query.get("limit") ?? 50));
      return Response.json({ entries: limited, head_seq: log.headOf(user), epoch: log.epoch });
    }
    case "threads": {
      const roots = log.messages(user).filter((message) => message.thread !== undefined);
      return Response.json({ messages: roots.toReversed() });
    }
    case "pins":
      return pins(call);
    case "members":
      return members(call);
    case "scheduled":
      return scheduled(call);
    case "invites":
      return invites(call);
    case "preferences": {
      log.preferences.set(user, { ...log.preferences.get(user), ...body });
      server.tell(log, user);
      return Response.json(log.row(user));
    }
    default:
      if (method === "PATCH") server.append(log, { kind: "settings", sender_id: user, changes: { ...body } });
      return Response.json(log.row(user));
  }
};

const created = (server: FakeServer, user: string, body: Readonly<Record<string, unknown>>): Response => {
  const id = `n${server.logs.size}`;
  const direct = body["type"] === "direct";
  const others = direct ? [body["user_id"] as string] : (body["member_ids"] as string[]);
  const log = server.conversation(id, body["type"] as "group", [user, ...others]);
  if (!direct) log.name = body["name"] as string;
  return Response.json(log.row(user), { status: 201 });
};

/** Profiles: they are there once somebody has changed theirs. */
const users = (server: FakeServer, user: string, url: URL, id: string, method: string, body: Call["body"]) => {
  if (!server.hasProfiles) return problem(501, "unsupported");
  const name = url.searchParams.get("username");
  if (name !== null)
    return Response.json({ users: [...server.profiles.values()].filter((one) => one.username === name) });
  const whom = id === "me" ? user : id;
  const known = server.profiles.get(whom) ?? { user_id: whom };
  if (method === "PUT") server.profiles.set(whom, { ...known, ...body });
  return Response.json(server.profiles.get(whom) ?? known);
};

const answer = (server: FakeServer, user: string, url: URL, method: string, body: Call["body"]): Response => {
  const [noun, id = "", ...rest] = url.pathname.replace("/api/v1/", "").split("/").map(decodeURIComponent);
  if (noun === "invites") return joining(server, user, id, rest[0] === "accept");
  if (noun === "users") return users(server, user, url, id, method, body);
  if (noun === "push") return server.pushes.offered();
  if (noun === "devices") return server.pushes.answer(user, id, method, rest, body);
  if (noun !== "conversations") return problem(501, "unsupported");
  if (id === "" && method === "POST") return created(server, user, body);
  const logs = [...server.logs.values()].filter((log) => log.people.has(user));
  if (id === "") return Response.json({ conversations: logs.map((log) => log.row(user)) });
  const log = logs.find((one) => one.id === id);
  if (log === undefined) return problem(404, "not_found");
  return conversation({ server, user, log, method, query: url.searchParams, body, rest });
};

/** The HTTP half of the double, as one user sees it. */
export const restOf =
  (server: FakeServer, user: string): typeof fetch =>
  async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const method = init?.method ?? "GET";
    const body = (typeof init?.body === "string" ? JSON.parse(init.body) : {}) as Record<string, unknown>;
    server.requests.push({ user, method, path: url.pathname.replace("/api/v1", "") });
    const refusal = server.faults.rest?.(method, url.pathname);
    if (refusal === "unreachable") throw new TypeError("fetch failed");
    if (refusal !== undefined) return problem(422, refusal.code, refusal);
    // What it says was true when it left; it may arrive behind what happened since.
    const response = answer(server, user, url, method, body);
    await server.faults.slow?.(method, url.pathname);
    return response;
  };
