import path from "node:path";
import { build } from "esbuild";
import type { BrowserContext, Page } from "playwright-core";
import { expect, test } from "vitest";
import { unique } from "../support/random.ts";
import { until } from "../support/wait.ts";
import { describeBrowser, useStage } from "./browser.ts";

/** What the bare page has: the SDK, and a client that shares its name with the other tabs. */
const PAGE = `
import { createSharedClient } from "@parley/client/tabs";
const user = new URLSearchParams(location.search).get("user");
const getToken = async () => {
  const body = JSON.stringify({ user_id: user });
  const headers = { "content-type": "application/json" };
  const answer = await fetch("/api/v1/dev/token", { method: "POST", headers, body });
  return (await answer.json()).token;
};
window.client = createSharedClient({ name: "parley-" + user, getToken });
`;
const RECOVERY_MS = 30_000;

interface Device {
  readonly device_id: string;
}

/** One tab, and the sockets that it has open. */
class Tab {
  readonly page: Page;
  sockets = 0;

  constructor(page: Page) {
    this.page = page;
    page.on("websocket", (socket) => {
      this.sockets++;
      socket.on("close", () => this.sockets--);
    });
    page.on("close", () => {
      this.sockets = 0;
    });
  }

  /** Runs in the page, with the client as \`client\`. */
  run<T>(expression: string): Promise<T> {
    return this.page.evaluate(expression);
  }

  state(): Promise<string> {
    return this.run("client.state.name");
  }

  texts(id: string): Promise<string[]> {
    return this.run(`client.messages(${JSON.stringify(id)}).map((message) => message.content)`);
  }

  send(id: string, text: string): Promise<unknown> {
    return this.run(`void client.send(${JSON.stringify(id)}, ${JSON.stringify(text)})`);
  }
}

describeBrowser("tabs of one browser", () => {
  const stage = useStage();
  let script: Promise<string> | undefined;

  const bundled = async (): Promise<string> => {
    const resolveDir = path.resolve(import.meta.dirname, "../../web");
    const { outputFiles } = await build({
      stdin: { contents: PAGE, resolveDir },
      bundle: true,
      format: "iife",
      write: false,
      conditions: ["parley-source"],
    });
    return outputFiles[0]?.text ?? "";
  };

  const profile = (): Promise<BrowserContext> => stage.profile({ bypassCSP: true });

  /** Any page of the server's will do: one that a test makes up may not connect to an address of this machine. */
  const load = async (context: BrowserContext, user: string): Promise<Tab> => {
    const tab = new Tab(await context.newPage());
    await tab.page.goto(`${stage.server.url}/healthz?user=${user}`);
    script ??= bundled();
    await tab.page.addScriptTag({ content: await script });
    return tab;
  };

  const open = async (context: BrowserContext, user: string, id?: string): Promise<Tab> => {
    const tab = await load(context, user);
    await tab.run("client.connect()");
    if (id !== undefined) await tab.run(`client.open(${JSON.stringify(id)})`);
    return tab;
  };

  /** Three tabs of Ann's, the first of which leads, and one of Ben's. */
  const opened = async () => {
    const [annName, benName] = [unique("ann"), unique("ben")];
    const context = await profile();
    const first = await open(context, annName);
    const row = await first.run<{ conversation_id: string }>(`client.createDirect(${JSON.stringify(benName)})`);
    const id = row.conversation_id;
    await first.run(`client.open(${JSON.stringify(id)})`);
    const others = [await open(context, annName, id), await open(context, annName, id)];
    const ben = await open(await profile(), benName, id);
    return { context, id, annName, tabs: [first, ...others] as [Tab, Tab, Tab], ben };
  };

  const sockets = (tabs: readonly Tab[]): number => tabs.reduce((sum, tab) => sum + tab.sockets, 0);
  const same = async (tabs: readonly Tab[], id: string): Promise<boolean> => {
    const [first, ...others] = await Promise.all(tabs.map((tab) => tab.texts(id)));
    return others.every((texts) => JSON.stringify(texts) === JSON.stringify(first));
  };

  test("three tabs are one device with one connection, and show the same", async () => {
    const { id, tabs, ben } = await opened();
    expect(tabs.map((tab) => tab.sockets)).toEqual([1, 0, 0]);
    await expect(tabs[1].run<Device[]>("client.devices()")).resolves.toHaveLength(1);
    const ids = await Promise.all(tabs.map((tab) => tab.run<string>("client.deviceId")));
    expect(new Set(ids).size).toBe(1);
    await ben.send(id, "hello");
    await until("all to show it", async () => {
      const all = await Promise.all(tabs.map((tab) => tab.texts(id)));
      return all.every((texts) => texts.join() === "hello");
    });
  });

  test("two tabs that send at once keep the order of each, and everybody has one order", async () => {
    const { id, tabs, ben } = await opened();
    const COUNT = 25;
    const burst = (letter: string): string =>
      `for (let index = 0; index < ${COUNT}; index++) client.send(${JSON.stringify(id)}, "${letter}" + index); undefined`;
    await Promise.all([tabs[1].run(burst("b")), tabs[2].run(burst("c"))]);
    await until("all to arrive", async () => (await ben.texts(id)).length === 2 * COUNT, RECOVERY_MS);
    const texts = await ben.texts(id);
    for (const letter of ["b", "c"])
      expect(texts.filter((text) => text.startsWith(letter))).toEqual(
        Array.from({ length: COUNT }, (_, index) => `${letter}${index}`),
      );
    await until("all tabs to show the same", () => same([...tabs, ben], id), RECOVERY_MS);
  });

  test("the leader is closed while the others send: each message arrives once", async () => {
    const { id, tabs, ben } = await opened();
    const [leader, second, third] = tabs;
    const sending = Promise.all([second.send(id, "at the moment"), third.send(id, "me too")]);
    const before = Date.now();
    await leader.page.close();
    await until("one connection of the others", () => sockets([second, third]) === 1, RECOVERY_MS);
    process.stdout.write(`e2e: another tab is connected ${Date.now() - before} ms after the leading one was closed\n`);
    await sending;
    await second.send(id, "after it");
    await until("all to arrive", async () => (await ben.texts(id)).length === 3, RECOVERY_MS);
    await ben.send(id, "heard");
    await until("both to show the same", () => same([second, third, ben], id), RECOVERY_MS);
    expect((await ben.texts(id)).toSorted()).toEqual(["after it", "at the moment", "heard", "me too"]);
    expect(sockets([second, third])).toBe(1);
  });

  test("a leader that hangs or is frozen mutes nobody, and follows when it wakes up", async () => {
    const { id, tabs, ben } = await opened();
    const [leader, second, third] = tabs;
    const before = Date.now();
    const hanging = leader.run("{ const end = Date.now() + 12000; while (Date.now() < end); }");
    await second.send(id, "while it hangs");
    await until("it to arrive", async () => (await ben.texts(id)).includes("while it hangs"), RECOVERY_MS);
    process.stdout.write(`e2e: a message is through ${Date.now() - before} ms after the leading tab began to hang\n`);
    await ben.send(id, "heard");
    await hanging;
    await until("all to show the same", () => same([...tabs, ben], id), RECOVERY_MS);
    await until("one connection", () => sockets(tabs) === 1, RECOVERY_MS);
    const leading = tabs.find((tab) => tab.sockets === 1) ?? second;
    const debug = await leading.page.context().newCDPSession(leading.page);
    await debug.send("Page.setWebLifecycleState", { state: "frozen" });
    const awake = tabs.find((tab) => tab !== leading);
    await awake?.send(id, "while it sleeps");
    await until("it to arrive", async () => (await ben.texts(id)).includes("while it sleeps"), RECOVERY_MS);
    await debug.send("Page.setWebLifecycleState", { state: "active" });
    await leading.send(id, "awake");
    await until("all to have come", async () => (await ben.texts(id)).length === 4, RECOVERY_MS);
    await until("all to show the same", () => same([...tabs, ben], id), RECOVERY_MS);
    expect(await Promise.all([leader, second, third].map((tab) => tab.state()))).toEqual([
      "online",
      "online",
      "online",
    ]);
    expect(sockets(tabs)).toBe(1);
  });

  test("what was written without a network is in the store of all tabs, and goes out once", async () => {
    const { context, id, annName, tabs, ben } = await opened();
    await ben.send(id, "hello");
    await until("it to come", async () => (await tabs[2].texts(id)).length === 1);
    await context.setOffline(true);
    await tabs[1].send(id, "from the tunnel");
    await until("all to show it", async () => (await tabs[2].texts(id)).length === 2);
    for (const tab of tabs) await tab.page.close();
    // The page has to come from somewhere; its client does not connect before it is told to.
    await context.setOffline(false);
    const again = await load(context, annName);
    await again.run("client.start()");
    await again.run(`void client.open(${JSON.stringify(id)}).catch(() => undefined)`);
    await until("it to be shown", async () => (await again.texts(id)).join() === "hello,from the tunnel");
    expect(await ben.texts(id)).toEqual(["hello"]);
    await again.run("client.connect()");
    await until("it to arrive", async () => (await ben.texts(id)).join() === "hello,from the tunnel", RECOVERY_MS);
  });

  test("signing out in one tab ends the others", async () => {
    const { tabs } = await opened();
    await tabs[1].run("client.destroy()");
    await until("the others to stop", async () => {
      const states = await Promise.all([tabs[0], tabs[2]].map((tab) => tab.run<string>("client.state.reason")));
      return states.join() === "destroyed,destroyed";
    });
    await expect.poll(() => sockets(tabs)).toBe(0);
    const databases = await tabs[1].run<number>("client.conversations().length");
    expect(databases).toBe(0);
  });
});
