import type { ClientEvents } from "../api.ts";
import type { SoloClient } from "../create-client.ts";
import type { Environment } from "../environment.ts";
import { toParleyError } from "../failures.ts";
import type { OutboxRow } from "../store.ts";
import type { Body, Failure, TabId, Wants } from "./channel.ts";
import type { TabLocks } from "./leadership.ts";
import type { Asked } from "./methods.ts";
import { readKey, VIEWS, Views } from "./views.ts";
import { Wanted } from "./wanted.ts";

export interface HostDeps {
  readonly client: SoloClient;
  readonly environment: Environment;
  readonly locks: TabLocks;
  /** The locks that tabs hold while they live begin with this; then comes the tab's id. */
  readonly tabLocks: string;
  readonly me: TabId;
  /** The store was taken over by somebody else. */
  readonly onRobbed: () => void;
  /** To one tab, or to all. */
  readonly post: (body: Body, to?: TabId) => void;
}

/** Replaced while it leads: by a page of before, in its last moments. More often than this it is somebody else. */
const COMEBACKS = 3;
const COMEBACKS_IN_MS = 60_000;
const COMEBACK_MS = 1000;

/** How long tabs are waited for that have to stop. */
const FAREWELL_MS = 1000;

const failureOf = (error: unknown): Failure => {
  const { code, message, retryAfterMs } = toParleyError(error);
  return { code, message, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
};

/** Serves the tabs with the one client that there is: tells what it shows, does what they ask. */
export class Host {
  readonly #deps: HostDeps;
  readonly #views: Views;
  readonly #wanted: Wanted;
  readonly #dirty = new Set<string>();
  readonly #offs: readonly (() => void)[];
  readonly #ended = new AbortController();
  #flushing = false;
  #onForgotten: () => void = () => undefined;
  /** Tabs whose end is waited for. */
  readonly #outliving = new Set<TabId>();
  #comebacks: readonly number[] = [];

  constructor(deps: HostDeps) {
    this.#deps = deps;
    const { client } = deps;
    this.#views = new Views(client);
    this.#wanted = new Wanted(client, (error) => this.#tell("error", failureOf(error)));
    const on = <E extends keyof ClientEvents>(event: E, hear: (payload: ClientEvents[E]) => void) =>
      client.on(event, hear);
    this.#offs = [
      on("state", (state) => {
        this.#touch("self");
        if (state.name === "stopped" && state.reason === "replaced") this.#comeBack();
      }),
      on("conversations", () => this.#touch("conversations")),
      on("people", () => this.#touch("people")),
      on("messages", ({ conversationId }) => this.#messages(conversationId)),
      on("typing", (payload) => {
        this.#views.typing(payload);
        this.#touch("typing");
      }),
      on("presence", (payload) => {
        this.#views.presence(payload);
        this.#touch("presence");
      }),
      on("incoming", (payload) => this.#tell("incoming", payload)),
      on("error", (error) => this.#tell("error", failureOf(error))),
    ];
    void this.#meet();
  }

  /** A tab says what it wants, all of it. */
  wants(tab: TabId, wants: Wants): void {
    this.#wanted.set(tab, wants);
    void this.#outlive(tab);
    this.#flush();
    if (wants.fresh.length === 0) return;
    this.#deps.post({ kind: "views", changes: wants.fresh.map((key) => this.#views.whole(key)) }, tab);
  }

  forget(tab: TabId): void {
    this.#wanted.delete(tab);
    this.#onForgotten();
  }

  async call(tab: TabId, id: number, method: Asked, args: readonly unknown[]): Promise<void> {
    let answer: Body;
    try {
      answer = { kind: "answer", id, value: await this.#do(method, args) };
    } catch (error) {
      answer = { kind: "answer", id, failure: failureOf(error) };
    }
    if (this.#ended.signal.aborted) return;
    // What the answer speaks of is on the screen before it.
    this.#flush();
    if (method === "destroy") await this.#farewell(tab);
    this.#deps.post(answer, tab);
    if (method === "destroy" && tab !== this.#deps.me) this.#deps.post({ kind: "destroyed" }, this.#deps.me);
  }

  /** Ends, with everything written down. */
  async stop(): Promise<void> {
    this.#ended.abort();
    for (const off of this.#offs) off();
    await this.#deps.client.close();
    await this.#deps.client.parts.state.store.close();
  }

  /** The store is empty. Until the others have stopped, the lead is kept: whoever got it now would fill it again. */
  async #farewell(except: TabId): Promise<void> {
    const { me, post, environment } = this.#deps;
    const others = (): readonly TabId[] => this.#wanted.tabs().filter((tab) => tab !== me && tab !== except);
    for (const tab of others()) post({ kind: "destroyed" }, tab);
    await new Promise<void>((resolve) => {
      const timer = environment.setTimer(resolve, FAREWELL_MS);
      this.#onForgotten = () => {
        if (others().length > 0) return;
        environment.clearTimer(timer);
        resolve();
      };
      this.#onForgotten();
    });
  }

  /** Those who were there before this tab led, and may end before they have said a word. */
  async #meet(): Promise<void> {
    const { held = [] } = await this.#deps.locks.query();
    for (const { name = "" } of held)
      if (name.startsWith(this.#deps.tabLocks)) void this.#outlive(name.slice(this.#deps.tabLocks.length));
  }

  /** When the lock of a tab is free, the tab is gone. It shows nothing any more; what it wrote down last is sent. */
  async #outlive(tab: TabId): Promise<void> {
    const { locks, tabLocks, me, client } = this.#deps;
    if (tab === me || this.#outliving.has(tab)) return;
    this.#outliving.add(tab);
    const gone = async (): Promise<void> => {
      this.#outliving.delete(tab);
      this.forget(tab);
      client.recover();
    };
    try {
      await locks.request(tabLocks + tab, { signal: this.#ended.signal }, gone);
    } catch {
      // This leader ends before the tab.
    }
  }

  async #do(method: Asked, args: readonly unknown[]): Promise<unknown> {
    const { client } = this.#deps;
    if (method === "put") return client.put(args[0] as OutboxRow);
    const call = client[method] as (...given: unknown[]) => unknown;
    const result = await call.apply(client, [...args]);
    const writing = typeof result === "object" && result !== null && "done" in result ? result.done : result;
    return method === "person" ? undefined : writing;
  }

  #messages(id: string): void {
    for (const key of this.#wanted.keys())
      if (!(VIEWS as readonly string[]).includes(key) && readKey(key)[1] === id) this.#touch(key);
  }

  #touch(key: string): void {
    this.#dirty.add(key);
    if (this.#flushing) return;
    this.#flushing = true;
    queueMicrotask(() => {
      this.#flushing = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#ended.signal.aborted) return;
    // `rev` has no event of its own.
    const dirty = new Set([...this.#dirty, "self"]);
    this.#dirty.clear();
    const changes = this.#views.changes(this.#wanted.keys(), dirty);
    if (changes.length > 0) this.#deps.post({ kind: "views", changes });
  }

  #tell(name: "incoming" | "error", payload: unknown): void {
    this.#flush();
    if (!this.#ended.signal.aborted) this.#deps.post({ kind: "event", name, payload });
  }

  #comeBack(): void {
    const { environment, client } = this.#deps;
    const now = environment.now();
    const lately = this.#comebacks.filter((at) => at > now - COMEBACKS_IN_MS);
    if (lately.length >= COMEBACKS) return;
    this.#comebacks = [...lately, now];
    environment.setTimer(
      () => {
        if (this.#ended.signal.aborted) return;
        if (client.parts.writer.lost) this.#deps.onRobbed();
        else void client.connect();
      },
      COMEBACK_MS * (1 + environment.random()),
    );
  }
}
