import type { ParleyClient } from "../../src/api.ts";
import type { Environment } from "../../src/environment.ts";
import { memoryStore } from "../../src/memory-store.ts";
import { OutboxJournal } from "../../src/outbox-journal.ts";
import type { Store, StoreBatch } from "../../src/store.ts";
import { StoreUnusable } from "../../src/store-unusable.ts";
import type { TabLocks } from "../../src/tabs/leadership.ts";
import type { PageEvent } from "../../src/tabs/page-life.ts";
import { sharedClientIn } from "../../src/tabs/shared-client.ts";
import { environmentOf } from "./fake-clock.ts";
import type { FakeClock } from "./fake-clock.ts";
import { restOf } from "./fake-rest.ts";
import type { FakeServer } from "./fake-server.ts";
import { tokenOf } from "./person.ts";

interface Request {
  readonly owner: FakeTab;
  readonly held: () => Promise<void>;
  readonly done: PromiseWithResolvers<unknown>;
}

const aborted = (): DOMException => new DOMException("aborted", "AbortError");

/** `navigator.locks` of one browser. */
export class FakeLocks {
  readonly #held = new Map<string, Request>();
  readonly #line = new Map<string, Request[]>();

  of(owner: FakeTab): TabLocks {
    return {
      query: async () => ({ held: [...this.#held.keys()].map((name) => ({ name })) }),
      request: (name, { signal, steal }, held) => {
        const request: Request = { owner, held, done: Promise.withResolvers() };
        const line = this.#line.get(name) ?? [];
        this.#line.set(name, line);
        signal?.addEventListener("abort", () => {
          if (!line.includes(request)) return;
          line.splice(line.indexOf(request), 1);
          request.done.reject(aborted());
        });
        if (signal?.aborted === true) request.done.reject(aborted());
        else if (steal === true) {
          line.unshift(request);
          const before = this.#held.get(name);
          this.#held.delete(name);
          // Its owner hears of it when it runs again.
          before?.owner.run(() => before.done.reject(aborted()));
          this.#next(name);
        } else {
          line.push(request);
          setImmediate(() => this.#next(name));
        }
        return request.done.promise;
      },
    };
  }

  /** The tab is gone, and with it all that it holds or waits for. */
  drop(owner: FakeTab): void {
    for (const [name, line] of this.#line)
      this.#line.set(
        name,
        line.filter((one) => one.owner !== owner),
      );
    for (const [name, request] of this.#held) {
      if (request.owner !== owner) continue;
      this.#held.delete(name);
      this.#next(name);
    }
  }

  #next(name: string): void {
    if (this.#held.has(name)) return;
    const request = this.#line.get(name)?.shift();
    if (request === undefined) return;
    this.#held.set(name, request);
    request.owner.run(async () => {
      await request.held();
      if (this.#held.get(name) === request) {
        this.#held.delete(name);
        this.#next(name);
      }
      request.done.resolve(undefined);
    });
  }
}

/** `localStorage` of one browser. */
class FakeStorage extends Map<string, string> {
  get length(): number {
    return this.size;
  }
  key = (index: number): string | null => [...this.keys()][index] ?? null;
  getItem = (key: string): string | null => this.get(key) ?? null;
  setItem = (key: string, value: string): void => void this.set(key, value);
  removeItem = (key: string): void => void this.delete(key);
}

/** The store of one browser: each page that loads it takes it from the one before, as IndexedDB's does. */
export class FakeDatabase {
  readonly #memory = memoryStore();
  readonly storage = new FakeStorage() as unknown as Storage;
  #owner: Store | undefined;

  open(journal: OutboxJournal): Store {
    const check = (): void => {
      if (this.#owner !== store) throw new StoreUnusable("replaced");
    };
    const memory = this.#memory;
    const store: Store = {
      note: (batch: StoreBatch) => {
        for (const row of batch.outbox ?? []) journal.put(row);
        for (const id of batch.sent ?? []) journal.remove(id);
      },
      noted: () => journal.rows(),
      load: async () => {
        this.#owner = store;
        const snapshot = await memory.load();
        const stored = new Set(snapshot.outbox.map((row) => row.client_message_id));
        const outbox = journal.rows().filter((row) => !stored.has(row.client_message_id));
        return { ...snapshot, outbox: [...snapshot.outbox, ...outbox] };
      },
      apply: async (batch) => {
        await new Promise((resolve) => setImmediate(resolve));
        check();
        await memory.apply(batch);
        for (const row of batch.outbox ?? []) journal.remove(row.client_message_id);
      },
      page: (...args) => memory.page(...args),
      message: (...args) => memory.message(...args),
      clear: async () => {
        check();
        journal.clear();
        await memory.clear();
      },
      close: () => memory.close(),
    };
    return store;
  }
}

/** What tabs of one browser have in common. */
export class FakeBrowser {
  readonly clock: FakeClock;
  readonly server: FakeServer;
  readonly user: string;
  readonly locks = new FakeLocks();
  readonly database = new FakeDatabase();
  readonly tabs = new Set<FakeTab>();
  readonly random: () => number;
  #count = 0;

  constructor(clock: FakeClock, server: FakeServer, user: string, random: () => number = () => 0.5) {
    this.clock = clock;
    this.server = server;
    this.user = user;
    this.random = random;
  }

  /** A tab that was just opened, in front or in the background. */
  open(visible = true): FakeTab {
    const tab = new FakeTab(this, `tab-${++this.#count}`, visible);
    this.tabs.add(tab);
    return tab;
  }

  get sockets(): number {
    return [...this.server.sockets].filter((socket) => socket.user === this.user).length;
  }
}

export class FakeTab {
  readonly browser: FakeBrowser;
  readonly id: string;
  readonly client: ParleyClient;
  visible: boolean;
  readonly #waiting: (() => unknown)[] = [];
  readonly #handlers = new Set<(event: PageEvent) => void>();
  readonly #ports = new Set<EventTarget>();
  readonly #sockets = new Set<WebSocket>();
  #life: "runs" | "frozen" | "dead" = "runs";

  constructor(browser: FakeBrowser, id: string, visible: boolean) {
    this.browser = browser;
    this.id = id;
    this.visible = visible;
    const { clock, server, user, database } = browser;
    const journal = new OutboxJournal("double", database.storage);
    this.client = sharedClientIn(
      {
        name: "double",
        url: "http://double.test",
        getToken: () => tokenOf(user, clock.now + 86_400_000),
      },
      {
        environment: this.#environment(server),
        locks: browser.locks.of(this),
        me: id,
        page: {
          visible: () => this.visible,
          watch: (handler) => {
            this.#handlers.add(handler);
            return () => this.#handlers.delete(handler);
          },
        },
        channel: () => this.#port(),
        store: () => database.open(journal),
        journal,
      },
    );
  }

  get runs(): boolean {
    return this.#life === "runs";
  }

  get dead(): boolean {
    return this.#life === "dead";
  }

  /** Something happens to the page: now, when it runs again, or never. */
  run(work: () => unknown): void {
    if (this.#life === "frozen") this.#waiting.push(work);
    if (this.#life === "runs") void work();
  }

  /** The process of the tab ends, with no last word. */
  kill(): void {
    this.#life = "dead";
    this.browser.tabs.delete(this);
    for (const socket of this.#sockets) socket.close();
    this.browser.locks.drop(this);
  }

  /** `told`: the browser says so first. */
  freeze(told: boolean): void {
    if (!this.runs) return;
    if (told) this.#tell("frozen");
    this.#life = "frozen";
  }

  thaw(): void {
    if (this.#life !== "frozen") return;
    this.#life = "runs";
    for (const work of this.#waiting.splice(0)) work();
    this.#tell("thawed");
  }

  show(visible: boolean): void {
    if (this.visible === visible) return;
    this.visible = visible;
    this.run(() => this.#tell(visible ? "shown" : "hidden"));
  }

  /** Somebody says something on the channel, to this tab. */
  say(data: unknown): void {
    this.#receive(data);
  }

  #tell(event: PageEvent): void {
    for (const handler of this.#handlers) handler(event);
  }

  #port(): BroadcastChannel {
    const port = new EventTarget();
    this.#ports.add(port);
    const post = (data: unknown): void => {
      if (!this.runs) return;
      const copy: unknown = structuredClone(data);
      for (const tab of this.browser.tabs) if (tab !== this) setImmediate(() => tab.#receive(copy));
    };
    const close = (): void => void this.#ports.delete(port);
    return Object.assign(port, { postMessage: post, close, name: "double" }) as unknown as BroadcastChannel;
  }

  #receive(data: unknown): void {
    this.run(() => {
      for (const port of this.#ports) port.dispatchEvent(new MessageEvent("message", { data: structuredClone(data) }));
    });
  }

  #environment(server: FakeServer): Environment {
    const { clock, user, random } = this.browser;
    const rest = restOf(server, user);
    const gate = <T>(value: T): Promise<T> => new Promise((resolve) => this.run(() => resolve(value)));
    const sockets = this.#sockets;
    const runs = (work: () => void): void => this.run(work);
    const dead = (): boolean => this.dead;
    /** What comes down reaches the page when it runs. */
    class TabSocket extends server.WebSocket {
      constructor(address: string | URL, protocols?: string | string[]) {
        super(address, protocols);
        sockets.add(this);
        // What a tab had begun when it was killed comes to nothing.
        if (dead()) this.close();
      }
      override dispatchEvent(event: Event): boolean {
        runs(() => super.dispatchEvent(event));
        return true;
      }
    }
    const environment = environmentOf(clock, {
      WebSocket: TabSocket,
      fetch: async (...args) => gate(await rest(...args)),
      random,
    });
    return { ...environment, setTimer: (run, ms) => clock.setTimer(() => this.run(run), ms) };
  }
}
