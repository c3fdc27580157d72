import { expect, test } from "vitest";
import { unique } from "../support/random.ts";
import { until } from "../support/wait.ts";
import { describeBrowser, useStage } from "./browser.ts";
import type { ChatWindow } from "./chat-window.ts";

describeBrowser("one's own view of conversations", () => {
  const stage = useStage();

  /** Ann in two browsers, and somebody who wrote to her. */
  const twoBrowsers = async (): Promise<{ ann: ChatWindow; there: ChatWindow; bob: ChatWindow; bobName: string }> => {
    const [annName, bobName] = [unique("ann"), unique("bob")];
    const bob = await stage.signedIn(bobName);
    await bob.newDirect(annName);
    await bob.type("hello from bob");
    const [ann, there] = await Promise.all([stage.signedIn(annName), stage.signedIn(annName)]);
    await Promise.all([ann, there].map((window) => window.row(bobName).waitFor()));
    return { ann, there, bob, bobName };
  };

  /** What the icon of the app would show, as the app tells the browser. */
  const watchBadge = async (window: ChatWindow): Promise<() => Promise<number>> => {
    await window.page.addInitScript(() => {
      const put = (count: number): Promise<void> => {
        Object.assign(globalThis, { badgeShown: count });
        return Promise.resolve();
      };
      Object.assign(navigator, { setAppBadge: put, clearAppBadge: () => put(0) });
    });
    await window.page.reload();
    return async () => await window.page.evaluate(() => (globalThis as { badgeShown?: number }).badgeShown ?? -1);
  };

  test("[PREF-2] muted on one, it is muted on the other: a grey badge, counted nowhere, until it is taken back", async () => {
    const { ann, there, bob, bobName } = await twoBrowsers();
    const badge = await watchBadge(there);
    await until("one unread", async () => (await there.page.title()).startsWith("(1)") && (await badge()) === 1);
    await ann.chooseConversation(bobName, "mute", "mute-8");
    await there.row(bobName).getByTestId("muted").waitFor();
    expect(await there.row(bobName).getByTestId("muted").innerText()).toMatch(/^Muted until /);
    await until("nothing to count", async () => (await there.page.title()) === "Parley" && (await badge()) === 0);
    await bob.type("and again");
    const unread = there.row(bobName).getByTestId("unread-badge");
    await until("two in grey", async () => (await unread.innerText()) === "2");
    expect(await unread.getAttribute("class")).toContain("badge-quiet");
    expect(await there.page.title()).toBe("Parley");
    await there.chooseConversation(bobName, "unmute");
    await ann.row(bobName).getByTestId("muted").waitFor({ state: "detached" });
    await until("two that count", async () => (await ann.page.title()) === "(2) Parley");
  });

  test("[PREF-2] pinned on one, it is first on the other, whoever writes; archived, it is put away and stays there", async () => {
    const { ann, there, bob, bobName } = await twoBrowsers();
    const carlName = unique("carl");
    await ann.newDirect(carlName);
    await ann.type("hello carl");
    const order = async (window: ChatWindow): Promise<string[]> => {
      const rows = await window.at("conversation-row").allInnerTexts();
      return rows.map((text) => (text.includes(bobName) ? "bob" : "carl"));
    };
    await until("carl first", async () => (await order(there)).join() === "carl,bob");
    await ann.chooseConversation(bobName, "pin");
    await until("bob first", async () => (await order(there)).join() === "bob,carl");
    await there.row(bobName).getByTestId("pinned").waitFor();
    await ann.type("newer than anything of bob's");
    await there.row("newer than anything").waitFor();
    expect(await order(there)).toEqual(["bob", "carl"]);

    await there.chooseConversation(bobName, "archive");
    await until("only carl", async () => (await order(ann)).join() === "carl");
    await bob.type("into the archive");
    await until("a quiet count at the door", async () => (await ann.at("archive").innerText()).includes("2"));
    expect(await order(ann)).toEqual(["carl"]);
    expect(await ann.page.title()).toBe("Parley");
    await ann.screenshot("archive-door");
    await ann.at("archive").click();
    await ann.row("into the archive").waitFor();
    await ann.screenshot("archive");
    await ann.chooseConversation(bobName, "archive");
    await ann.at("archive").click();
    await until("both again", async () => (await order(there)).join() === "bob,carl");
  });

  test("the menu of a conversation works by keyboard alone, and notifications are chosen in it", async () => {
    const { ann, there, bobName } = await twoBrowsers();
    await ann.row(bobName).focus();
    await ann.page.keyboard.press("Shift+F10");
    await ann.at("conversation-menu").waitFor();
    await ann.page.keyboard.press("n");
    await ann.page.keyboard.press("Enter");
    await ann.at("menu-notify-mentions").waitFor();
    expect(await ann.at("menu-notify-all").getAttribute("aria-checked")).toBe("true");
    await ann.page.keyboard.press("ArrowDown");
    await ann.page.keyboard.press("Enter");
    expect(await ann.testIdOfFocus()).toBe("conversation-row");
    await until("the other browser to know", async () => {
      await there.row(bobName).click({ button: "right" });
      await there.at("menu-notify").click();
      const checked = await there.at("menu-notify-mentions").getAttribute("aria-checked");
      await there.page.keyboard.press("Escape");
      return checked === "true";
    });
  });

  test("what is read in one browser is unread in none: badge, title and the icon's number", async () => {
    const { ann, there, bob, bobName } = await twoBrowsers();
    const badge = await watchBadge(there);
    await bob.type("a second one");
    await until("two", async () => (await there.page.title()) === "(2) Parley" && (await badge()) === 2);
    await ann.page.bringToFront();
    await ann.openRow(bobName);
    await ann.message("a second one").waitFor();
    await until("none", async () => (await there.page.title()) === "Parley" && (await badge()) === 0);
    expect(await there.row(bobName).getByTestId("unread-badge").count()).toBe(0);
  });
});
