import { expect, test } from "vitest";
import { unique } from "../support/random.ts";
import { until } from "../support/wait.ts";
import { complaints } from "./axe.ts";
import { describeBrowser, PHONE, useStage } from "./browser.ts";
import type { ChatWindow } from "./chat-window.ts";

const PHONE_OPTIONS = { viewport: PHONE, hasTouch: true, isMobile: true } as const;
const PAGES = ["profile", "notifications", "privacy", "blocked", "devices"] as const;

describeBrowser("how the settings and one's own view look", () => {
  const stage = useStage();
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

  /** Somebody who has conversations of each kind: unread, muted, pinned, archived, blocked. */
  const furnished = async (window: ChatWindow): Promise<{ bob: string; carl: string; dora: string }> => {
    const [bob, carl, dora] = [unique("bob"), unique("carl"), unique("dora")];
    for (const name of [bob, carl, dora]) {
      await window.newDirect(name);
      await window.at("composer").fill(`Hello ${name}`);
      await window.at("send").click();
      await window.ticks(`Hello ${name}`, ["sent"]);
      if (await window.at("back").first().isVisible()) await window.at("back").first().click();
    }
    await window.newGroup("Weekend walk", [bob, carl]);
    if (await window.at("back").first().isVisible()) await window.at("back").first().click();
    await window.chooseConversation("Weekend walk", "pin");
    await window.chooseConversation(bob, "mute", "mute-always");
    await window.chooseConversation(dora, "archive");
    await window.at("archive").waitFor();
    await window.chooseConversation(carl, "block");
    await window.at("confirm").click();
    await window.at("confirm").waitFor({ state: "detached" });
    return { bob, carl, dora };
  };

  const looks = async (colorScheme: "light" | "dark", phone: boolean): Promise<void> => {
    const where = `${phone ? "phone" : "desktop"}-${colorScheme}`;
    const ann = await stage.signedIn(unique("ann"), { colorScheme, ...(phone ? PHONE_OPTIONS : {}) });
    const { bob, carl } = await furnished(ann);
    await look(ann, `${where}-list-marks`);
    await ann.row(bob).click({ button: "right" });
    await ann.at("conversation-menu").waitFor();
    await look(ann, `${where}-conversation-menu`);
    await ann.at("menu-notify").click();
    await ann.at("menu-notify-all").waitFor();
    await look(ann, `${where}-notify-menu`);
    await ann.page.keyboard.press("Escape");
    await ann.row(carl).click();
    await ann.at("blocked-bar").waitFor();
    await look(ann, `${where}-blocked`);
    await ann.openInfo();
    await look(ann, `${where}-person-info`);
    await ann.closePanel();
    if (await ann.at("back").first().isVisible()) await ann.at("back").first().click();
    await ann.openSettings();
    await look(ann, `${where}-settings`);
    for (const page of PAGES) {
      await ann.at(`settings-${page}`).click();
      await ann.at(`panel-${page}`).waitFor();
      await until("what it asks for", async () => !(await ann.at(`panel-${page}`).innerText()).includes("One moment"));
      await look(ann, `${where}-settings-${page}`);
      await ann.closePanel();
    }
    expect(wrong.splice(0)).toEqual([]);
  };

  test("on a desktop in the light", async () => await looks("light", false));
  test("on a desktop in the dark", async () => await looks("dark", false));
  test("on a phone in the light", async () => await looks("light", true));
  test("on a phone in the dark", async () => await looks("dark", true));

  test("each page of the settings has an address, and back leads out of them again", async () => {
    const ann = await stage.signedIn(unique("ann"));
    await ann.page.goto(`${stage.server.url}/#/settings/privacy`);
    await ann.page.reload();
    await ann.at("privacy-last_seen").selectOption("nobody");
    await ann.at("toast").filter({ hasText: "Saved" }).waitFor();
    await ann.page.reload();
    await until("the choice", async () => (await ann.at("privacy-last_seen").inputValue()) === "nobody");
    await ann.page.keyboard.press("Escape");
    await ann.at("panel-privacy").waitFor({ state: "detached" });
    await ann.page.keyboard.press("Escape");
    await ann.at("settings").waitFor({ state: "detached" });
    await ann.page.keyboard.press("Alt+s");
    await ann.at("settings").waitFor();
    await ann.page.goto(`${stage.server.url}/#/new/group`);
    await ann.page.reload();
    await ann.at("new-group-name").waitFor();
  });
});
