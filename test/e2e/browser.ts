import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import type { Browser, BrowserContext, BrowserContextOptions } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect } from "vitest";
import { startServer } from "../../scripts/server.ts";
import { ChatWindow } from "./chat-window.ts";

const CHROMIUM = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const isThere = existsSync(CHROMIUM);
/** Left out where there is no browser, except in CI: there a missing browser is a failure. */
export const describeBrowser = (title: string, body: () => void): void => {
  describe.skipIf(!isThere && process.env["CI"] !== "true")(title, { timeout: 120_000 }, body);
};

export const DESKTOP = { width: 1280, height: 800 } as const;
export const PHONE = { width: 390, height: 844 } as const;

/** A server and a browser for the tests of one file. */
export class Stage {
  #server: Awaited<ReturnType<typeof startServer>> | undefined;
  #browser: Browser | undefined;
  #dataDir = "";
  readonly #env: () => Promise<Readonly<Record<string, string>>>;
  readonly #contexts: BrowserContext[] = [];
  readonly #windows: ChatWindow[] = [];

  constructor(env: () => Promise<Readonly<Record<string, string>>>) {
    this.#env = env;
  }

  get server(): Awaited<ReturnType<typeof startServer>> {
    if (this.#server === undefined) throw new Error("the server is not up");
    return this.#server;
  }

  async set(): Promise<void> {
    if (!isThere) throw new Error(`no browser at ${CHROMIUM}`);
    this.#dataDir = await mkdtemp(join(tmpdir(), "parley-e2e-"));
    await this.#startServer(0);
    this.#browser = await chromium.launch({ executablePath: CHROMIUM, headless: true, args: FLAGS });
  }

  async #startServer(port: number): Promise<void> {
    const env = { SEND_RATE: "1000", SEND_BURST: "1000", ...(await this.#env()) };
    this.#server = await startServer({ dataDir: this.#dataDir, port, env, log: "quiet" });
  }

  async strike(): Promise<void> {
    await this.#browser?.close();
    await this.#server?.kill();
    await rm(this.#dataDir, { recursive: true, force: true });
  }

  /** Kills the server outright; `raise` brings it back on the same data and port. */
  async kill(): Promise<void> {
    await this.server.kill("SIGKILL");
  }

  async raise(): Promise<void> {
    await this.#startServer(this.server.port);
  }

  /** A browser profile of its own: another person's machine. */
  async profile(options: BrowserContextOptions = {}): Promise<BrowserContext> {
    if (this.#browser === undefined) throw new Error("the browser is not up");
    const context = await this.#browser.newContext({ viewport: DESKTOP, colorScheme: "light", ...options });
    this.#contexts.push(context);
    return context;
  }

  /** Whether it answers. */
  async isUp(): Promise<boolean> {
    const answer = await fetch(new URL("/healthz", this.server.url)).catch(() => undefined);
    return answer?.ok === true;
  }

  async window(context?: BrowserContext, url: string = this.server.url): Promise<ChatWindow> {
    const window = await ChatWindow.open(context ?? (await this.profile()), url);
    this.#windows.push(window);
    return window;
  }

  async signedIn(name: string, options: BrowserContextOptions = {}): Promise<ChatWindow> {
    const window = await this.window(await this.profile(options));
    await window.signIn(name);
    return window;
  }

  /** Ends what a test opened, and fails when any window had something to complain of. */
  async clear(): Promise<void> {
    const faults = this.#windows.splice(0).flatMap((window) => window.faults);
    await Promise.all(this.#contexts.splice(0).map((context) => context.close()));
    expect(faults).toEqual([]);
  }
}

/** @param env further settings of the server, asked for each time before it starts */
export const useStage = (env: () => Promise<Readonly<Record<string, string>>> = async () => ({})): Stage => {
  const stage = new Stage(env);
  beforeAll(() => stage.set());
  afterEach(() => stage.clear());
  afterAll(() => stage.strike());
  return stage;
};
