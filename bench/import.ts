import { randomBytes } from "node:crypto";
import { createWriteStream, mkdtempSync, rmSync } from "node:fs";
import { once } from "node:events";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { SignJWT } from "jose";
import { runAdmin } from "../scripts/admin/cli.ts";
import { oldSystem } from "../scripts/old-system.ts";
import type { OldMessage } from "../scripts/old-system.ts";
import { startServer } from "../scripts/server.ts";
import type { Comparison } from "./comparison.ts";
import type { Plan } from "./plan.ts";
import type { Verdict } from "./verdict.ts";

const SOURCE = "bench";
const WAIT_MS = 500;
/** Messages of each conversation that are searched for. */
const SEARCHES = 5;
/** How long lists may take to be there after the last line. */
const LISTS_MS = 60_000;

interface Api {
  get<T>(user: string, address: string): Promise<T>;
}

interface Row {
  readonly conversation_id: string;
  readonly type: string;
  readonly name?: string;
  readonly participants?: readonly { readonly user_id: string }[];
}

interface Said {
  readonly sender_id: string;
  readonly timestamp: string;
  readonly content: string;
}

const apiOf = (url: string, secret: string): Api => {
  const key = new TextEncoder().encode(secret);
  return {
    async get<T>(user: string, address: string): Promise<T> {
      const token = await new SignJWT({ device_id: "bench" })
        .setProtectedHeader({ alg: "HS256" })
        .setSubject(user)
        .setExpirationTime("2h")
        .sign(key);
      const ask = () => fetch(`${url}/api/v1${address}`, { headers: { authorization: `Bearer ${token}` } });
      let response = await ask();
      // Somebody who asks as fast as this is told to wait.
      for (; response.status === 429; response = await ask()) await delay(WAIT_MS);
      if (!response.ok) throw new Error(`${address}: ${response.status} ${await response.text()}`);
      return (await response.json()) as T;
    },
  };
};

const historyOf = async (api: Api, user: string, id: string): Promise<Said[]> => {
  const all: Said[] = [];
  for (let query = "limit=200&after=0"; ;) {
    const page = await api.get<{ messages: Said[]; next_cursor?: string }>(
      user,
      `/conversations/${id}/messages?${query}`,
    );
    all.push(...page.messages);
    if (page.next_cursor === undefined) return all;
    query = `limit=200&cursor=${encodeURIComponent(page.next_cursor)}`;
  }
};

const isSame = (was: OldMessage, now: Said | undefined): boolean =>
  now !== undefined &&
  now.sender_id === was.sender &&
  now.timestamp === was.timestamp &&
  now.content === (was.deleted_at === undefined ? was.content : "");

/** Messages that search does not find by the number in them, of some that are not deleted. */
const unfound = async (api: Api, user: string, messages: readonly OldMessage[]): Promise<number> => {
  const step = Math.max(1, Math.floor(messages.length / SEARCHES));
  let lost = 0;
  for (let at = 0; at < messages.length; at += step) {
    const message = messages[at];
    if (!message || message.deleted_at !== undefined) continue;
    const q = message.content.split(" ").at(-1) ?? "";
    const { results } = await api.get<{ results: Said[] }>(user, `/search?q=${q}`);
    if (!results.some(({ content }) => content === message.content)) lost++;
  }
  return lost;
};

/** What each message of the other system became: once, in order, by whom and when it was. */
const verify = async (api: Api, plan: ReturnType<typeof systemOf>): Promise<Verdict> => {
  const messages = new Map<string, OldMessage[]>();
  let [missing, faults, sent] = [0, 0, 0];
  const conversations = [];
  for (const line of oldSystem(plan)) {
    if (line.kind === "conversation") conversations.push(line);
    else if (line.kind === "message") {
      const known = messages.get(line.conversation);
      if (known) known.push(line);
      else messages.set(line.conversation, [line]);
    }
  }
  for (const { id, name, type, members } of conversations) {
    const user = members[0]?.user_id ?? "";
    const { conversations: rows } = await api.get<{ conversations: Row[] }>(user, "/conversations?limit=200");
    const other = members[1]?.user_id ?? "";
    const row = rows.find((one) =>
      type === "direct"
        ? one.type === "direct" && one.participants?.some(({ user_id }) => user_id === other)
        : one.name === name,
    );
    const was = messages.get(id) ?? [];
    const now = row ? await historyOf(api, user, row.conversation_id) : [];
    sent += was.length;
    missing += Math.max(0, was.length - now.length);
    faults +=
      Math.max(0, now.length - was.length) + was.filter((message, index) => !isSame(message, now[index])).length;
    faults += await unfound(api, user, was);
  }
  return { system: "product", sent, missing, faults, first: "a message that is not what or where it was" };
};

const systemOf = (messages: number) => ({ messages, conversations: 40, people: 20, seed: 7, prefix: "" });

const written = async (file: string, system: ReturnType<typeof systemOf>): Promise<number> => {
  const stream = createWriteStream(file);
  let lines = 0;
  for (const line of oldSystem(system)) {
    lines++;
    if (!stream.write(`${JSON.stringify(line)}\n`)) await once(stream, "drain");
  }
  stream.end();
  await once(stream, "close");
  return lines;
};

/** A file of many messages by the command line, timed, and looked at afterwards. */
export const measureImport = async (
  { deepMessages }: Plan,
  say: (text: string) => void,
): Promise<{ comparisons: Comparison[]; verdicts: Verdict[] }> => {
  const folder = mkdtempSync(path.join(tmpdir(), "parley-bench-import-"));
  const secret = randomBytes(32).toString("base64url");
  const env = { AUTH_MODE: "jwt", AUTH_SECRET: secret };
  const server = await startServer({ dataDir: path.join(folder, "data"), log: "quiet", env });
  try {
    const system = systemOf(deepMessages);
    const file = path.join(folder, "old.jsonl");
    const lines = await written(file, system);
    const beganAt = performance.now();
    const code = await runAdmin(["import", file, "--source", SOURCE, "--url", server.url, "--json"], {
      out: (text) => say(`import: ${text.trim()}`),
      err: (text) => say(`import: ${text.trim()}`),
      isTerminal: false,
      env,
      ask: async () => "",
      pause: delay,
    });
    const seconds = (performance.now() - beganAt) / 1000;
    say(`import: ${lines} lines, ${deepMessages} messages in ${seconds.toFixed(1)} s; ended with ${code}`);
    if (code !== 0) throw new Error("the import was refused something");
    const api = apiOf(server.url, secret);
    const until = performance.now() + LISTS_MS;
    let verdict = await verify(api, system);
    // Lists follow the end of an import by an alarm.
    while ((verdict.missing > 0 || verdict.faults > 0) && performance.now() < until) {
      await delay(500);
      verdict = await verify(api, system);
    }
    const one = { unit: "messages/s", values: { baseline: [], product: [deepMessages / seconds] } };
    return { comparisons: [{ name: `import of ${deepMessages} messages`, ...one }], verdicts: [verdict] };
  } finally {
    await server.kill();
    rmSync(folder, { recursive: true, force: true });
  }
};
