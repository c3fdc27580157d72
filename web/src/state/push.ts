import type { PushCalls, PushOffer } from "@parley/client";
import type { PushBrowser, ShownOne, WebAddress } from "./push-browser.ts";
import { pushStateOf, repairOf, type PushFacts, type PushState } from "./push-state.ts";
import { createSignal, type Signal } from "./signal.ts";

export interface PushDeps {
  readonly client: PushCalls;
  readonly browser: PushBrowser;
  readonly userId: string;
  readonly deviceId: string;
  readonly getToken: () => Promise<string>;
  /** Not just come back: whoever signs in takes over what this browser is notified of. */
  readonly justSignedIn: boolean;
}

const NOTHING: PushOffer = { previews: false };
const isUnsupported = (error: unknown): boolean =>
  typeof error === "object" && error !== null && "code" in error && error.code === "unsupported";

/** Notifications of one account in this browser: whether they are on, turning them on and off, and keeping them working. */
export class Push {
  readonly state: Signal<PushState> = createSignal<PushState>({ at: "unknown" });
  /** What the server can push by, once it was asked. */
  readonly offer: Signal<PushOffer | undefined> = createSignal<PushOffer | undefined>(undefined);
  readonly #deps: PushDeps;
  /** One thing after the other: two of them at once would undo each other. */
  #line: Promise<void> = Promise.resolve();
  #over = false;

  constructor(deps: PushDeps) {
    this.#deps = deps;
  }

  /** Looks how things stand. */
  look(): Promise<void> {
    return this.#next(async () => this.#show(await this.#facts()));
  }

  /** Asks the server what it can do, and repairs what no longer fits. Throws when the server is out of reach. */
  check(): Promise<void> {
    return this.#next(async () => {
      if (this.#deps.browser.able !== "no") this.offer.set(await this.#ask());
      const facts = await this.#facts();
      await this.#repair(facts);
      this.#show(await this.#facts());
    });
  }

  /** What is on the screen of this account's notifications. */
  async shown(): Promise<readonly ShownOne[]> {
    const { browser, userId } = this.#deps;
    if (browser.able !== "yes" || browser.permission() !== "granted") return [];
    return (await browser.shown()).filter((one) => one.userId === userId);
  }

  get permission(): NotificationPermission {
    return this.#deps.browser.permission();
  }

  /** Follows what other windows and the browser's own settings change. */
  follow(): () => void {
    return this.#deps.browser.listen(() => {
      this.look().catch(() => {
        // What is shown stays as it was.
      });
    });
  }

  /** In answer to a click. Resolves when it is on, or `state` tells why it is not. */
  turnOn(): Promise<void> {
    const { browser } = this.#deps;
    // Asked at once: browsers want to see the click that it is an answer to.
    const asked = browser.ask();
    return this.#change("on", async () => {
      const permission = await asked;
      const key = this.offer.value?.webpush?.public_key;
      if (permission === "granted" && key !== undefined) await this.#register(await browser.subscribe(key), key);
    });
  }

  turnOff(): Promise<void> {
    return this.#change("off", async () => {
      await this.#deps.client.withdrawPush();
      await this.#forget();
    });
  }

  test(): Promise<void> {
    return this.#deps.client.testPush();
  }

  /**
   * The account is signed out: nothing of it is shown any more, and nothing that comes for it. At once: what is under way
   * may wait for a network that is not there, and leaves nothing behind.
   */
  end(): Promise<void> {
    this.#over = true;
    return this.#forget();
  }

  #next(work: () => Promise<void>): Promise<void> {
    const done = this.#line.then(work);
    this.#line = done.catch(() => undefined);
    return done;
  }

  #change(to: "on" | "off", work: () => Promise<void>): Promise<void> {
    this.state.set({ at: "working", to });
    return this.#next(async () => {
      try {
        await work();
        this.#show(await this.#facts());
      } catch (error) {
        this.state.set({ at: "failed", to, error });
      }
    });
  }

  #show(facts: PushFacts): void {
    this.state.set(pushStateOf(facts));
  }

  async #ask(): Promise<PushOffer> {
    try {
      return await this.#deps.client.pushOffer();
    } catch (error) {
      if (isUnsupported(error)) return NOTHING;
      throw error;
    }
  }

  async #facts(): Promise<PushFacts> {
    const { browser, userId, deviceId } = this.#deps;
    const offer = this.offer.value;
    const [address, subscribed] = browser.able === "yes" ? await Promise.all([browser.address(), browser.read()]) : [];
    return {
      userId,
      deviceId,
      able: browser.able,
      permission: browser.permission(),
      key: offer === undefined ? undefined : (offer.webpush?.public_key ?? null),
      endpoint: address?.endpoint,
      subscribed,
    };
  }

  async #repair(facts: PushFacts): Promise<void> {
    const { browser, getToken, justSignedIn } = this.#deps;
    const { key, subscribed } = facts;
    const repair = repairOf(facts, justSignedIn);
    if (repair === "drop") await browser.unsubscribe();
    if (repair === "renew" && subscribed !== undefined) {
      const token = await getToken();
      if (!this.#over) await browser.keep({ ...subscribed, token });
    }
    if (typeof key !== "string" || (repair !== "subscribe" && repair !== "register")) return;
    await this.#register(await browser.subscribe(key), key);
  }

  /** The server first: what the worker is left says what the server was told. */
  async #register(address: WebAddress, key: string): Promise<void> {
    const { client, browser, userId, deviceId, getToken } = this.#deps;
    await client.registerPush(address);
    const token = await getToken();
    if (this.#over) return;
    await browser.keep({ userId, deviceId, endpoint: address.endpoint, key, token });
    browser.tell();
  }

  /** Of somebody else's, who uses this browser too, nothing is touched. */
  async #forget(): Promise<void> {
    const { browser, userId } = this.#deps;
    if (browser.able !== "yes") return;
    for (const one of await this.shown()) one.close();
    if ((await browser.read())?.userId !== userId) return;
    await browser.forget();
    await browser.unsubscribe();
    browser.tell();
  }
}
