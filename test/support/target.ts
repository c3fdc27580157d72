import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect } from "vitest";
import { startServer } from "../../scripts/server.ts";
import { Person } from "./person.ts";
import { unique } from "./random.ts";
import { Rest } from "./rest.ts";
import { Session } from "./session.ts";
import type { ConnectOptions } from "./session.ts";
import { tokenFor } from "./tokens.ts";
import type { Claims } from "./tokens.ts";

const remote = process.env["PARLEY_BASE_URL"]?.replace(/\/$/, "");

/** Whether the tests run against a deployment that is not theirs. */
export const isRemote = remote !== undefined;

/** For what needs a server with settings of its own: left out, with the reason in its title, on a deployment. */
export const describeOwn = (title: string, body: () => void): void => {
  describe.skipIf(isRemote)(isRemote ? `${title} (skipped: needs a server with other settings)` : title, body);
};

/** For tests that are not about how fast one may be. */
export const FAST = { env: { SEND_RATE: "5000", SEND_BURST: "5000" } };

/** Whether conversations of one file end their sessions after each test, or after the last one. */
type Keep = "test" | "file";

/** The server that the tests of one file talk to. */
export class Target {
  #base: string | undefined;
  readonly #sessions = new Set<Session>();

  get base(): string {
    if (this.#base === undefined) throw new Error("the server is not up yet");
    return this.#base;
  }

  set base(url: string) {
    this.#base = url;
  }

  /** Without a token. */
  get anonymous(): Rest {
    return new Rest(this.base);
  }

  /** Someone new, or with `userId` someone known on another device. */
  async person(label = "user", claims: Partial<Claims> = {}): Promise<Person> {
    const userId = claims.userId ?? unique(label);
    const deviceId = claims.deviceId ?? unique("device");
    const token = await tokenFor(this.base, { ...claims, userId, deviceId });
    return new Person(this.base, { userId, deviceId, token }, (session) => this.#sessions.add(session));
  }

  async people<L extends readonly string[]>(...labels: L): Promise<{ [K in keyof L]: Person }> {
    const people = await Promise.all(labels.map((label) => this.person(label)));
    return people as { [K in keyof L]: Person };
  }

  /** Two people and their conversation. */
  async pair(): Promise<{ ann: Person; bob: Person; id: string }> {
    const [ann, bob] = await Promise.all([this.person("ann"), this.person("bob")]);
    return { ann, bob, id: (await ann.direct(bob)).conversation_id };
  }

  /** A group that ann owns, with two members. */
  async trio(): Promise<{ ann: Person; bob: Person; carl: Person; id: string }> {
    const [ann, bob, carl] = await this.people("ann", "bob", "carl");
    return { ann, bob, carl, id: (await ann.group([bob, carl])).conversation_id };
  }

  async open(options: ConnectOptions): Promise<Session> {
    const session = await Session.open(this.base, options);
    this.#sessions.add(session);
    return session;
  }

  /** Closes what is open, and fails when a server broke the contract on any of them. */
  async endSessions(): Promise<void> {
    const sessions = [...this.#sessions];
    this.#sessions.clear();
    await Promise.all(sessions.map((session) => session.close()));
    expect(sessions.flatMap((session) => session.violations)).toEqual([]);
  }
}

/**
 * Starts a server for the tests of this file, or takes the deployment that PARLEY_BASE_URL names.
 * Sessions are closed after each test, or with `keep: "file"` after the last one.
 */
export const useServer = (options: { env?: Record<string, string>; keep?: Keep } = {}): Target => {
  const target = new Target();
  let end = async (): Promise<void> => undefined;
  beforeAll(async () => {
    if (remote !== undefined) {
      target.base = remote;
      return;
    }
    const dataDir = await mkdtemp(join(tmpdir(), "parley-conformance-"));
    const server = await startServer({
      dataDir,
      log: "quiet",
      ...(options.env === undefined ? {} : { env: options.env }),
    });
    target.base = server.url;
    end = async () => {
      await server.kill();
      await rm(dataDir, { recursive: true, force: true });
    };
  });
  if (options.keep !== "file") afterEach(() => target.endSessions());
  afterAll(async () => {
    await target.endSessions();
    await end();
  });
  return target;
};
