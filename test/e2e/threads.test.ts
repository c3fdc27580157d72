import { expect, test } from "vitest";
import { Person } from "../support/person.ts";
import { unique } from "../support/random.ts";
import { tokenFor } from "../support/tokens.ts";
import { until } from "../support/wait.ts";
import { describeBrowser, useStage } from "./browser.ts";

describeBrowser("threads, mentions and what is new", () => {
  const stage = useStage();

  const scripted = async (userId: string): Promise<Person> => {
    const who = { userId, deviceId: "script" };
    return new Person(stage.server.url, { ...who, token: await tokenFor(stage.server.url, who) });
  };

  test("[THREAD-1] a thread beside the conversation: replies stay in it, what is new is counted and then read", async () => {
    const [annName, bobName] = [unique("ann"), unique("bob")];
    const [ann, bob] = await Promise.all([stage.signedIn(annName), stage.signedIn(bobName)]);
    await ann.newGroup("Threads", [bobName]);
    await ann.type("Who brings what?");
    await bob.openRow("Threads");
    await bob.choose("Who brings what?", "thread");
    await bob.at("thread-composer").fill("I bring bread");
    await bob.at("thread-composer").press("Enter");
    await bob.reply("I bring bread").waitFor();
    const chip = ann.message("Who brings what?").getByTestId("thread-chip");
    await until("one new reply", async () =>
      (await chip.innerText()).replaceAll(/\s+/g, " ").includes("1 reply · 1 new"),
    );
    expect(await ann.at("message-list").getByText("I bring bread").count()).toBe(0);
    await ann.screenshot("thread-unread");
    await chip.click();
    await ann.reply("I bring bread").waitFor();
    await until("nothing new", async () => !(await chip.innerText()).includes("new"));
    await ann.at("thread-composer").fill("and I bring cheese");
    await ann.at("thread-composer").press("Enter");
    await bob.reply("and I bring cheese").waitFor();
    await until("two replies", async () => (await chip.innerText()).includes("2 replies"));
    await ann.screenshot("thread-open");
    await ann.type("see you there");
    await bob.message("see you there").waitFor();
    expect(await ann.at("message-list").getByText("and I bring cheese").count()).toBe(0);
    // Replies count as unread messages of the conversation, too: looking at it reads them.
    await until("no badge", async () => (await ann.at("unread-badge").count()) === 0);
    await ann.page.keyboard.press("Escape");
    await ann.at("panel-thread").waitFor({ state: "detached" });
    await ann.at("composer").waitFor();
  });

  test("[SEND-2] somebody is mentioned by keyboard alone, and sees it in the list and in the text", async () => {
    const [annName, bobName, carlName] = [unique("ann"), unique("bob"), unique("carl")];
    const [ann, bob] = await Promise.all([stage.signedIn(annName), stage.signedIn(bobName)]);
    await ann.newGroup("Mentions", [bobName, carlName]);
    await bob.row("Mentions").waitFor();
    await ann.tabTo("composer");
    await ann.page.keyboard.type("over to you @");
    await until("bob, carl and all", async () => (await ann.at("mention-option").count()) === 3);
    expect(await ann.at("composer").getAttribute("aria-activedescendant")).not.toBeNull();
    await ann.page.keyboard.type("ca");
    await until("carl alone", async () => (await ann.at("mention-option").allInnerTexts()).join().includes(carlName));
    await ann.page.keyboard.press("Escape");
    await until("the list to go", async () => (await ann.at("mention-option").count()) === 0);
    for (let i = 0; i < 2; i++) await ann.page.keyboard.press("Backspace");
    await ann.page.keyboard.press("Backspace");
    await ann.page.keyboard.type("@");
    await until("all three", async () => (await ann.at("mention-option").count()) === 3);
    await ann.page.keyboard.press("ArrowDown");
    await ann.page.keyboard.press("ArrowUp");
    await ann.screenshot("mention-picker");
    await ann.page.keyboard.press("Enter");
    expect(await ann.at("composer").inputValue()).toBe(`over to you @${bobName} `);
    await ann.page.keyboard.type("please");
    await ann.page.keyboard.press("Enter");
    await bob.row("Mentions").getByTestId("mention-badge").waitFor();
    await bob.screenshot("mention-badge");
    await bob.openRow("Mentions");
    await bob.message("over to you").locator(".mention-me").waitFor();
    await until("the badge to go", async () => (await bob.at("mention-badge").count()) === 0);
    // A plain member may not call everybody.
    await bob.at("composer").pressSequentially("@al");
    expect(await bob.at("mention-option").filter({ hasText: "@all" }).count()).toBe(0);
  });

  test("[CONV-5] opening lands where the new messages begin, however many they are", async () => {
    const [annName, bobName] = [unique("ann"), unique("bob")];
    const ann = await scripted(annName);
    const { conversation_id: id } = await ann.group([{ userId: bobName }], "Busy place");
    for (let i = 0; i < 30; i++) await ann.send(id, `old-${i}.`);
    const bob = await stage.signedIn(bobName);
    await bob.openRow("Busy place");
    await bob.at("jump-newest").click();
    await bob.message("old-29.").waitFor();
    await until("all read", async () => (await bob.at("unread-badge").count()) === 0);
    await bob.newDirect(annName);
    for (let i = 0; i < 70; i++) await ann.send(id, `new-${i}.`);
    await until("seventy", async () => (await bob.row("Busy place").getByTestId("unread-badge").innerText()) === "70");
    await bob.openRow("Busy place");
    await bob.at("unread-line").filter({ hasText: "70 new messages" }).waitFor();
    await bob.message("new-0.").waitFor();
    const inView = async (text: string): Promise<boolean> =>
      await bob.message(text).evaluateAll((bubbles) =>
        bubbles.some((bubble) => {
          const list = bubble.closest("[role=log]")?.getBoundingClientRect();
          const { top, bottom } = bubble.getBoundingClientRect();
          return list !== undefined && bottom > list.top && top < list.bottom;
        }),
      );
    expect(await inView("new-0.")).toBe(true);
    expect(await inView("new-69.")).toBe(false);
    await bob.screenshot("unread-line");
    const badge = bob.at("jump-newest").locator(".badge");
    await until("fewer below", async () => Number(await badge.innerText()) < 70);
    await bob.at("jump-newest").click();
    await until("the newest", async () => await inView("new-69."));
    await bob.at("jump-unread").click();
    await until("the first new one", async () => await inView("new-0."));
    await bob.at("jump-newest").click();
    await until("all read again", async () => (await bob.at("unread-badge").count()) === 0);
  });
});
