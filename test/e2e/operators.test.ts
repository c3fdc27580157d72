import { expect, test } from "vitest";
import { unique } from "../support/random.ts";
import { until } from "../support/wait.ts";
import { complaints } from "./axe.ts";
import { describeBrowser, PHONE, useStage } from "./browser.ts";
import type { ChatWindow } from "./chat-window.ts";

const PHONE_OPTIONS = { viewport: PHONE, hasTouch: true, isMobile: true } as const;
const SECTIONS = ["look", "holds", "retention", "data", "letters", "audit"] as const;

describeBrowser("the page of operators", () => {
  const stage = useStage();

  const operator = async (options: Parameters<typeof stage.profile>[0] = {}): Promise<ChatWindow> => {
    const window = await stage.window(await stage.profile(options));
    await window.at("signin-operator").check();
    await window.signIn(unique("operator"));
    return window;
  };

  /** By the settings, as somebody would find it. */
  const enter = async (window: ChatWindow): Promise<void> => {
    await window.openSettings();
    await window.at("operators").click();
    await window.at("operators-page").waitFor();
  };

  test("[ADM-1] is there for whoever signed in as one, and for nobody else", async () => {
    const ann = await stage.signedIn(unique("ann"));
    await ann.openSettings();
    expect(await ann.at("operators").count()).toBe(0);
    await ann.page.goto(`${stage.server.url}/#/operators/audit`);
    await ann.page.reload();
    await ann.at("open-settings").waitFor();
    expect(await ann.at("operators-page").count()).toBe(0);
    const window = await operator();
    await enter(window);
    await window.at("op-audit").click();
    await window.at("audit-verify").waitFor();
    await window.page.reload();
    await window.at("audit-verify").waitFor();
    await window.page.goBack();
    await window.at("look-id").waitFor();
    await window.at("back").click();
    await window.at("open-settings").waitFor();
  });

  test("is not loaded, nor kept for a start without a network, before somebody opens it", async () => {
    const window = await operator();
    const fetched = (): Promise<string[]> =>
      window.page.evaluate(() => performance.getEntriesByType("resource").map(({ name }) => name));
    const kept = (): Promise<string[]> =>
      window.page.evaluate(async () => {
        const names = await caches.keys();
        const all = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
        return all.flat().map(({ url }) => url);
      });
    await until("the shell to be kept", async () => (await kept()).length > 0);
    expect((await fetched()).filter((name) => name.includes("operators"))).toEqual([]);
    await enter(window);
    expect((await fetched()).filter((name) => name.includes("/operators-")).length).toBeGreaterThan(0);
    expect((await kept()).filter((name) => name.includes("operators"))).toEqual([]);
  });

  const looks = async (colorScheme: "light" | "dark", phone: boolean): Promise<void> => {
    const where = `${phone ? "phone" : "desktop"}-${colorScheme}`;
    const wrong: string[] = [];
    const window = await operator({ colorScheme, ...(phone ? PHONE_OPTIONS : {}) });
    await enter(window);
    const look = async (name: string): Promise<void> => {
      wrong.push(...(await complaints(window)).map((complaint) => `${name}: ${complaint}`));
      await window.screenshot(`${where}-operators-${name}`);
      const over = await window.page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      if (over > 0) wrong.push(`${name}: something is wider than the screen`);
    };
    for (const section of SECTIONS) {
      await window.at(`op-${section}`).click();
      await until(
        "what it asks for",
        async () => !(await window.at("operators-page").innerText()).includes("One moment"),
      );
      await look(section);
    }
    expect(wrong).toEqual([]);
  };
  test("on a desktop in the light", async () => await looks("light", false));
  test("on a phone in the dark", async () => await looks("dark", true));
});
