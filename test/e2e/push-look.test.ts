import { expect, test } from "vitest";
import { unique } from "../support/random.ts";
import { until } from "../support/wait.ts";
import { complaints } from "./axe.ts";
import { describeBrowser, PHONE } from "./browser.ts";
import type { ChatWindow } from "./chat-window.ts";
import { PushStage } from "./push-stage.ts";

const PHONE_OPTIONS = { viewport: PHONE, hasTouch: true, isMobile: true } as const;

describeBrowser("how notifications are offered", () => {
  const world = new PushStage();
  const wrong: string[] = [];

  /** Looks at what is on the screen now: keeps a picture, asks axe, and wants nothing cut off. */
  const look = async (window: ChatWindow, name: string): Promise<void> => {
    wrong.push(...(await complaints(window)).map((complaint) => `${name}: ${complaint}`));
    await window.screenshot(name);
    const over = await window.page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    if (over > 0) wrong.push(`${name}: something is wider than the screen`);
  };

  const write = async (window: ChatWindow, text: string): Promise<void> => {
    await window.at("composer").fill(text);
    await window.at("send").click();
    await window.ticks(text, ["sent"]);
  };

  const looks = async (colorScheme: "light" | "dark", phone: boolean): Promise<void> => {
    const where = `${phone ? "phone" : "desktop"}-${colorScheme}`;
    const { window } = await world.reachable(unique("ann"), { colorScheme, ...(phone ? PHONE_OPTIONS : {}) });
    await window.newDirect(unique("bob"));
    await write(window, "Hello");
    await window.at("ask-push").waitFor();
    await look(window, `${where}-push-line`);
    if (phone) {
      await window.at("back").first().click();
      await look(window, `${where}-push-line-list`);
    }
    await window.openSettings("notifications");
    await window.at("push-quiet").click();
    await window.at("quiet-hours").waitFor();
    await window.at("toast").filter({ hasText: "Saved" }).waitFor();
    await window.at("push-switch").click();
    await window.at("push-test").waitFor();
    await look(window, `${where}-settings-notifications-on`);
    await window.page.evaluate(() => document.documentElement.setAttribute("dir", "rtl"));
    await look(window, `${where}-settings-notifications-rtl`);
    expect(wrong.splice(0)).toEqual([]);
  };

  test("on a desktop in the light", async () => await looks("light", false));
  test("on a desktop in the dark", async () => await looks("dark", false));
  test("on a phone in the light", async () => await looks("light", true));
  test("on a phone in the dark", async () => await looks("dark", true));

  test("nobody is asked at once; whoever wrote is, by keyboard too, and a yes turns them on", async () => {
    const { window, browser } = await world.reachable(unique("ann"));
    await window.newDirect(unique("bob"));
    // What the server offers is known by now: there was no reason to ask before.
    await until("online", async () => (await window.connection()) === "online");
    await window.openSettings("notifications");
    await window.at("push-switch-hint").filter({ hasText: "You are not told" }).waitFor();
    await window.page.keyboard.press("Escape");
    await window.page.keyboard.press("Escape");
    expect(await window.at("ask-push").count()).toBe(0);
    await window.at("conversation-row").click();
    await write(window, "Hello");
    await window.at("ask-push").waitFor();
    await window.tabTo("ask-push-yes");
    await window.page.keyboard.press("Enter");
    await window.at("toast").filter({ hasText: "Notifications are on" }).waitFor();
    await window.at("ask-push").waitFor({ state: "detached" });
    expect(await browser.endpoint(window)).toContain(world.service.origin);
    await window.openSettings("notifications");
    await window.tabTo("push-switch");
    await window.page.keyboard.press("Space");
    await window.at("push-switch-hint").filter({ hasText: "You are not told" }).waitFor();
    // Whoever turned them off is not asked about it.
    await window.at("conversation-row").click();
    await write(window, "Hello again");
    expect(await window.at("ask-push").count()).toBe(0);
  });

  test("whoever comes back is asked in the list, and whoever says no is left alone", async () => {
    const { window, browser } = await world.reachable(unique("ann"));
    await window.newDirect(unique("bob"));
    const again = await world.stage.window(browser.context);
    await again.at("ask-push").waitFor();
    await again.screenshot("push-line-in-list");
    await again.at("ask-push-no").click();
    await again.at("ask-push").waitFor({ state: "detached" });
    await again.at("conversation-row").click();
    await write(again, "Hello");
    expect(await again.at("ask-push").count()).toBe(0);
    const later = await world.stage.window(browser.context);
    await later.at("conversation-row").click();
    await write(later, "And again");
    expect(await later.at("ask-push").count()).toBe(0);
    // Weeks later it is asked once more.
    await later.page.clock.install({ time: Date.now() + 29 * 86_400_000 });
    await later.page.reload();
    await later.at("ask-push").waitFor();
  });

  test("where they are blocked nobody is asked, and the settings say what to do", async () => {
    const { window, browser } = await world.reachable(unique("ann"), {}, "denied");
    await window.newDirect(unique("bob"));
    await write(window, "Hello");
    await window.openSettings("notifications");
    await window.at("push-switch-hint").filter({ hasText: "This browser blocks notifications" }).waitFor();
    expect(await window.at("push-switch").isDisabled()).toBe(true);
    expect(await complaints(window)).toEqual([]);
    await window.screenshot("push-blocked");
    await window.at("conversation-row").click();
    expect(await window.at("ask-push").count()).toBe(0);
    // Undone in the browser's own settings, it is seen at once.
    await browser.context.grantPermissions(["notifications"], { origin: world.stage.server.url });
    await window.at("ask-push").waitFor();
  });
});
