import { expect, test } from "vitest";
import { Person } from "../support/person.ts";
import { unique, uuid7 } from "../support/random.ts";
import { tokenFor } from "../support/tokens.ts";
import { until } from "../support/wait.ts";
import { complaints } from "./axe.ts";
import { describeBrowser, PHONE, useStage } from "./browser.ts";
import type { ChatWindow } from "./chat-window.ts";

const PHONE_OPTIONS = { viewport: PHONE, hasTouch: true, isMobile: true } as const;

describeBrowser("how groups look", () => {
  const stage = useStage();

  /** A group with something of everything in it, and the name of its owner. */
  const furnished = async (name: string): Promise<{ owner: string; members: string[] }> => {
    const owner = unique("ann");
    const members = ["bob", "carl", "dora"].map((one) => unique(one));
    const person = async (userId: string): Promise<Person> => {
      const who = { userId, deviceId: "script" };
      return new Person(stage.server.url, { ...who, token: await tokenFor(stage.server.url, who) });
    };
    const [ann, bob, carl] = [await person(owner), await person(members[0] ?? ""), await person(members[1] ?? "")];
    const { conversation_id: id } = await ann.group(
      members.map((userId) => ({ userId })),
      name,
    );
    const send = async (from: Person, content: string, more: Record<string, unknown> = {}): Promise<string> => {
      const body = { conversation_id: id, client_message_id: uuid7(), type: "text", content, ...more };
      return (await from.rest.ok("sendMessage", { body })).message_id;
    };
    const plan = await send(bob, "Shall we take the path by the river? See https://example.org/river for the map.");
    await send(carl, `I would, if @${owner} brings the tea`, { mentions: [owner], reply_to: plan });
    const react = async (who: Person, emoji: string): Promise<unknown> =>
      await who.rest.ok("addReaction", {
        params: { id, message_id: plan, emoji },
        query: { client_message_id: uuid7() },
      });
    for (const who of [ann, bob, carl]) await react(who, "❤");
    await react(carl, "☀");
    for (const content of ["Which map is it?", "The green one"]) await send(carl, content, { thread_root: plan });
    const gone = await send(bob, "gone");
    await bob.rest.ok("deleteMessage", {
      params: { id, message_id: gone },
      query: { client_message_id: uuid7() },
    });
    await send(ann, "Tea it is. Forwarded from the kettle.", { forwarded: true });
    const pinned = await send(ann, "We meet at nine at the bridge", { expires_in: 86_400 });
    const pin = { params: { id, message_id: pinned }, query: { client_message_id: uuid7() } };
    await ann.rest.ok("pinMessage", pin);
    const { head_seq: head } = await ann.row(id);
    await bob.read(id, head);
    await carl.delivered(id, head);
    return { owner, members };
  };

  const overflow = async (window: ChatWindow): Promise<number> =>
    await window.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

  const wrong: string[] = [];

  /** Looks at what is on the screen now: keeps a picture, asks axe, and wants nothing cut off. */
  const look = async (window: ChatWindow, name: string): Promise<void> => {
    wrong.push(...(await complaints(window)).map((complaint) => `${name}: ${complaint}`));
    await window.screenshot(name);
    if ((await overflow(window)) > 0) wrong.push(`${name}: something is wider than the screen`);
  };

  const escape = async (window: ChatWindow, testId: string): Promise<void> => {
    await window.page.keyboard.press("Escape");
    await window.at(testId).waitFor({ state: "detached" });
  };

  const looks = async (colorScheme: "light" | "dark", phone: boolean): Promise<void> => {
    const where = `${phone ? "phone" : "desktop"}-${colorScheme}`;
    const { owner, members } = await furnished("Weekend walk");
    const ann = await stage.signedIn(owner, { colorScheme, ...(phone ? PHONE_OPTIONS : {}) });
    await ann.row("Weekend walk").click();
    await ann.message("We meet at nine").waitFor();
    await ann.at("pin-bar").waitFor();
    await ann.at("thread-chip").waitFor();
    await look(ann, `${where}-messages`);

    await ann.message("We meet at nine").click({ button: "right" });
    await ann.at("message-menu").waitFor();
    await look(ann, `${where}-menu`);
    await ann.at("more-emoji").click();
    await ann.at("emoji-search").waitFor();
    await look(ann, `${where}-emoji`);
    await escape(ann, "emoji-picker");
    await ann.choose("We meet at nine", "delete");
    await ann.at("confirm").waitFor();
    await look(ann, `${where}-delete`);
    await escape(ann, "confirm");

    await ann.at("composer").fill("To @");
    await ann.at("composer").press("End");
    await ann.at("mention-option").first().waitFor();
    await look(ann, `${where}-mentions`);
    await ann.at("composer").fill("");
    await ann.choose("Tea it is", "reply");
    await ann.at("reply-bar").waitFor();
    await ann.at("composer").fill("a reply");
    await ann.at("send-later").click();
    await ann.at("send-later-menu").waitFor();
    await look(ann, `${where}-later`);
    await escape(ann, "send-later-menu");
    await ann.at("composer").fill("");
    await ann.at("reply-bar-stop").click();

    await ann.at("thread-chip").click();
    await ann.reply("The green one").waitFor();
    await look(ann, `${where}-thread`);
    await ann.closePanel();
    await ann.openInfo();
    await ann.member(members[0] ?? "").waitFor();
    await ann.at("invite-new").click();
    await ann.at("invite").waitFor();
    await look(ann, `${where}-info`);
    await ann.at("leave").scrollIntoViewIfNeeded();
    await look(ann, `${where}-info-end`);
    await ann.at("info-rename").click();
    await ann.at("picture-emoji").click();
    await ann.at("emoji-search").fill("tree");
    await ann.at("emoji-search").press("Enter");
    await ann.at("emoji-picker").waitFor({ state: "detached" });
    await look(ann, `${where}-picture`);
    await ann.at("info-save").click();
    await until("the picture in the head", async () => (await ann.page.locator(".panel .avatar img").count()) > 0);
    await ann.at("add-people").click();
    await ann.at("add-member").waitFor();
    await look(ann, `${where}-add`);
    await escape(ann, "add-member");
    await ann.at("info-pins").click();
    await ann.at("pin").waitFor();
    await look(ann, `${where}-pins`);
    await ann.closePanel();
    await ann.choose("We meet at nine", "info");
    await ann.at("show-receipts").click();
    await ann.at("receipt").first().waitFor();
    await look(ann, `${where}-message-info`);
    await ann.closePanel();
    await ann.choose("Tea it is", "forward");
    await ann.at("forward-to").first().waitFor();
    await look(ann, `${where}-forward`);
    await escape(ann, "forward-filter");
    expect(wrong.splice(0)).toEqual([]);
  };

  test("on a desktop in the light", async () => await looks("light", false));
  test("on a desktop in the dark", async () => await looks("dark", false));
  test("on a phone in the light", async () => await looks("light", true));
  test("on a phone in the dark", async () => await looks("dark", true));

  test("on a phone a finger that rests opens the menu, which stays when the finger leaves", async () => {
    const { owner } = await furnished("Long press");
    const ann = await stage.signedIn(owner, PHONE_OPTIONS);
    await ann.row("Long press").click();
    const box = await ann.message("Tea it is").locator(".bubble").boundingBox();
    if (box === null) throw new Error("no bubble");
    const finger = await ann.page.context().newCDPSession(ann.page);
    const touchPoints = [{ x: box.x + 20, y: box.y + box.height - 10 }];
    await finger.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints });
    await ann.at("message-menu").waitFor();
    await finger.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
    await ann.at("menu-reply").tap();
    await ann.at("reply-bar").waitFor();
    expect(await ann.at("message-menu").count()).toBe(0);
    // A short touch is none.
    await ann.message("Tea it is").tap();
    expect(await ann.at("message-menu").count()).toBe(0);
  });

  test("on a phone a panel is the whole screen, and back leads through it", async () => {
    const { owner } = await furnished("Way back");
    const ann = await stage.signedIn(owner, PHONE_OPTIONS);
    await ann.row("Way back").click();
    await ann.at("thread-chip").click();
    await ann.at("panel-thread").waitFor();
    expect(await ann.at("message-list").isVisible()).toBe(false);
    await ann.page.goBack();
    await ann.at("panel-thread").waitFor({ state: "detached" });
    expect(await ann.at("message-list").isVisible()).toBe(true);
    await ann.openInfo();
    await ann.at("info-pins").click();
    await ann.at("pin").waitFor();
    await ann.page.goBack();
    await ann.at("message-list").waitFor();
    await ann.page.goBack();
    await ann.row("Way back").waitFor();
    expect(await ann.at("message-list").isVisible()).toBe(false);
  });
});
