import type { ClientOptions, ParleyClient } from "../api.ts";
import { clientIn } from "../create-client.ts";
import type { Environment, Timer } from "../environment.ts";
import type { OutboxJournal } from "../outbox-journal.ts";
import type { Store } from "../store.ts";
import { StoreUnusable } from "../store-unusable.ts";
import { CHANNEL_VERSION, TabChannel } from "./channel.ts";
import type { Body, TabId } from "./channel.ts";
import { Host } from "./host.ts";
import { Leadership } from "./leadership.ts";
import type { TabLocks } from "./leadership.ts";
import { METHODS } from "./methods.ts";
import type { Method, RemoteMethod } from "./methods.ts";
import type { PageEvent, PageLife } from "./page-life.ts";
import { TabClient } from "./tab-client.ts";

export interface SharedClientOptions extends Omit<ClientOptions, "store"> {
  /** Of the store, and of what its tabs share. One for each signed-in user of a browser. */
  readonly name: string;
  /** What the tab that leads keeps everything in; by default `indexedDbStore(name)`. */
  readonly store?: () => Store;
}

/** What tabs need of the browser; tests pass their own. */
export interface TabWorld {
  readonly environment: Environment;
  readonly locks: TabLocks;
  readonly page: PageLife;
  readonly me: TabId;
  readonly channel: (name: string) => BroadcastChannel;
  readonly store: () => Store;
  readonly journal: OutboxJournal;
}

/** Whoever goes to and fro between two tabs does not take the lead along each time: it is a new connection. */
const HIDDEN_AFTER_MS = 10_000;

/** One tab of several: what it shows, the part it takes in choosing a leader, and while it is that, the host of all. */
class Tab {
  readonly client: TabClient;
  readonly #options: SharedClientOptions;
  readonly #world: TabWorld;
  readonly #leadership: Leadership;
  #channel: TabChannel | undefined;
  #unwatch: (() => void) | undefined;
  #leader: { readonly id: TabId; readonly since: number } | undefined;
  #host: Host | undefined;
  /** Said to this tab as the leader, while it is still reading the store. */
  #early: (() => void)[] = [];
  #claimant: TabId = "";
  #hiding: Timer | undefined;
  #alive: PromiseWithResolvers<void> | undefined;

  constructor(options: SharedClientOptions, world: TabWorld) {
    this.#options = options;
    this.#world = world;
    this.client = new TabClient({
      environment: world.environment,
      journal: world.journal,
      join: () => this.#join(),
      part: () => this.#part(),
      post: (body) => this.#toLeader(body),
    });
    this.#leadership = new Leadership({
      environment: world.environment,
      locks: world.locks,
      lockName: `${options.name}.leader`,
      visible: world.page.visible(),
      lead: () => this.#lead(),
      halt: () => this.#halt(),
      say: (what) => this.#say(what),
      yieldTo: () => this.#channel?.post({ kind: "yield" }, this.#claimant),
      onPhase: ({ phase }) => {
        if (phase === "outdated") void this.client.end("outdated");
      },
    });
  }

  #join(): void {
    const { world, name } = { world: this.#world, name: this.#options.name };
    this.#channel ??= new TabChannel({
      port: world.channel(name),
      me: world.me,
      onBody: (body, from) => this.#heard(body, from),
      onVersion: (version) => {
        if (version > CHANNEL_VERSION) this.#leadership.dispatch({ type: "newer" });
        // Whoever is of before hears of this version by it, and asks to be loaded anew.
        else this.#leadership.dispatch({ type: "asked" });
      },
    });
    this.#unwatch ??= world.page.watch((type) => this.#lived(type));
    if (this.#alive === undefined) {
      const alive = Promise.withResolvers<void>();
      this.#alive = alive;
      world.locks.request(this.#tabLocks + world.me, {}, () => alive.promise).catch(() => undefined);
    }
    this.#leadership.dispatch({ type: world.page.visible() ? "shown" : "hidden" });
    this.#leadership.dispatch({ type: "join" });
  }

  /** Something happened to the page. */
  #lived(type: PageEvent): void {
    const { environment } = this.#world;
    environment.clearTimer(this.#hiding);
    if (type === "frozen" && this.#host === undefined) this.#leader = undefined;
    if (type === "hidden")
      this.#hiding = environment.setTimer(() => this.#leadership.dispatch({ type: "hidden" }), HIDDEN_AFTER_MS);
    else this.#leadership.dispatch({ type });
  }

  async #part(): Promise<void> {
    this.#leadership.dispatch({ type: "leave" });
    await this.#leadership.settled();
    this.#leader = undefined;
    this.#world.environment.clearTimer(this.#hiding);
    this.#unwatch?.();
    this.#unwatch = undefined;
    this.#channel?.close();
    this.#channel = undefined;
    this.#alive?.resolve();
    this.#alive = undefined;
  }

  get #tabLocks(): string {
    return `${this.#options.name}.tab.`;
  }

  #toLeader(body: Body): boolean {
    if (this.#leader === undefined) return false;
    if (this.#leader.id === this.#world.me) this.#serve(body, this.#world.me);
    else this.#channel?.post(body, this.#leader.id);
    return true;
  }

  #say(what: "ask" | "claim" | "announce" | "unlead" | "bye"): void {
    if (what !== "announce") this.#channel?.post({ kind: what });
    else if (this.#leader?.id === this.#world.me) {
      const { visible } = this.#leadership.state;
      this.#channel?.post({ kind: "lead", visible, since: this.#leader.since });
    }
  }

  #heard(body: Body, from: TabId): void {
    switch (body.kind) {
      case "ask":
        this.#leadership.dispatch({ type: "asked" });
        break;
      case "claim":
        this.#claimant = from;
        this.#leadership.dispatch({ type: "claimed" });
        break;
      case "lead":
        this.#led(from, body.since, body.visible);
        break;
      case "unlead":
        if (this.#leader?.id !== from) break;
        this.#leader = undefined;
        this.#leadership.dispatch({ type: "unled" });
        break;
      case "yield":
        this.#leadership.dispatch({ type: "yielded" });
        break;
      case "bye":
      case "wants":
      case "call":
        this.#serve(body, from);
        break;
      case "destroyed":
        // Whoever became the leader meanwhile may have begun to fill the store again.
        if (this.#host === undefined) this.client.heard(body);
        else void this.#host.call(this.#world.me, 0, "destroy", []).then(() => this.client.heard(body));
        break;
      case "answer":
        this.client.heard(body);
        break;
      default:
        // A leader of before may still be talking.
        if (this.#leader?.id === from) this.client.heard(body);
    }
  }

  #led(id: TabId, since: number, visible: boolean): void {
    const before = this.#leader;
    if (before?.id === this.#world.me || since < (before?.since ?? 0)) return;
    this.#leader = { id, since };
    this.#leadership.dispatch({ type: "led", visible });
    if (before?.id !== id || before.since !== since) this.client.newLeader();
  }

  /** What tabs want of the one that leads. */
  #serve(body: Body, from: TabId): void {
    const host = this.#host;
    if (host === undefined) {
      if (this.#leader?.id === this.#world.me) this.#early.push(() => this.#serve(body, from));
      return;
    }
    if (body.kind === "wants") host.wants(from, body.wants);
    if (body.kind === "call") void host.call(from, body.id, body.method, body.args);
    if (body.kind === "bye") host.forget(from);
  }

  async #lead(): Promise<void> {
    const { environment, locks, me } = this.#world;
    if (this.#leadership.state.phase !== "leading") return;
    const { name: _name, store: _store, ...options } = this.#options;
    const client = clientIn({ ...options, store: this.#world.store() }, environment);
    this.#leader = { id: me, since: environment.now() };
    // At once: whoever waits for an answer takes a tab that is reading its store for a dead one.
    this.#say("announce");
    this.client.newLeader();
    try {
      await client.start();
    } catch (error) {
      this.#leader = undefined;
      this.#early = [];
      const outdated = error instanceof StoreUnusable && error.reason === "outdated";
      if (outdated) this.#leadership.dispatch({ type: "newer" });
      else void this.client.end("refused");
      return;
    }
    const tabLocks = this.#tabLocks;
    const post = (body: Body, to?: TabId): void => this.#post(body, to);
    const onRobbed = (): void => this.#leadership.dispatch({ type: "robbed" });
    this.#host = new Host({ client, environment, locks, tabLocks, me, post, onRobbed });
    for (const serve of this.#early.splice(0)) serve();
  }

  async #halt(): Promise<void> {
    const host = this.#host;
    this.#host = undefined;
    this.#early = [];
    if (this.#leader?.id === this.#world.me) this.#leader = undefined;
    await host?.stop();
  }

  /** What the host says: to all, to another tab, or to this one. */
  #post(body: Body, to?: TabId): void {
    if (to !== this.#world.me) this.#channel?.post(body, to);
    if (to === undefined || to === this.#world.me) this.client.heard(body);
  }
}

/** The same in a world of the caller's choice. */
export const sharedClientIn = (options: SharedClientOptions, world: TabWorld): ParleyClient => {
  const { client } = new Tab(options, world);
  const calls = Object.entries(METHODS).flatMap(([method, how]) => {
    if (how === "here") return [];
    const name = method as RemoteMethod;
    const awaited = (...args: readonly unknown[]) => client.call(name, args, how);
    const told = (...args: readonly unknown[]) => client.said(name, args, how);
    return [[method, how === "say" || how === "lossy" ? told : awaited]];
  });
  return Object.assign(client, Object.fromEntries(calls) as Pick<ParleyClient, RemoteMethod & Method>);
};
