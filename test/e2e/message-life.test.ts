import { expect, test } from "vitest";
import { unique } from "../support/random.ts";
import { until } from "../support/wait.ts";
import { describeBrowser, useStage } from "./browser.ts";
import type { ChatWindow } from "./chat-window.ts";

describeBrowser("the life of a message", () => {
  const stage = useStage();

  /** Two people in a group of that name, both with it open. */
  const pair = async (
    name: string,
  ): Promise<{ ann: ChatWindow; bob: ChatWindow; annName: string; bobName: string }> => {
    const [annName, bobName] = [unique("ann"), unique("bob")];
    const [ann, bob] = await Promise.all([stage.signedIn(annName), stage.signedIn(bobName)]);
    await ann.newGroup(name, [bobName]);
    await bob.openRow(name);
    return { ann, bob, annName, bobName };
  };

  test("[EDIT-1] an edit is seen by the other, with a mark; only the author is offered it", async () => {
    const { ann, bob } = await pair("Edits");
    await ann.type("Meet at nien");
    await bob.message("Meet at nien").waitFor();
    expect(await bob.offered("Meet at nien")).not.toContain("edit");
    await ann.choose("Meet at nien", "edit");
    await ann.at("edit-bar").waitFor();
    expect(await ann.at("composer").inputValue()).toBe("Meet at nien");
    await ann.type("Meet at nine");
    await bob.message("Meet at nine").getByTestId("edited").waitFor();
    expect(await bob.message("nien").count()).toBe(0);

    // The arrow takes up the last own one; Esc lets go of it without a change.
    await ann.at("composer").press("ArrowUp");
    expect(await ann.at("composer").inputValue()).toBe("Meet at nine");
    await ann.at("composer").press("Escape");
    await ann.at("edit-bar").waitFor({ state: "detached" });
    expect(await ann.at("composer").inputValue()).toBe("");
    await ann.at("composer").press("ArrowUp");
    await ann.type("Meet at ten");
    await bob.message("Meet at ten").waitFor();
  });

  test("[DEL-1] deleting asks first, and leaves a mark for everybody; admins delete anyone's", async () => {
    const { ann, bob } = await pair("Deletions");
    await bob.type("I take this back");
    await ann.message("I take this back").waitFor();
    await bob.choose("I take this back", "delete");
    await bob.at("confirm").click();
    await ann.message("This message was deleted").waitFor();
    expect(await ann.message("I take this back").count()).toBe(0);
    await bob.type("buy my watches");
    await ann.choose("buy my watches", "delete");
    await ann.at("confirm").click();
    await until("both marks", async () => (await bob.message("This message was deleted").count()) === 2);
    await ann.type("keep it civil");
    expect(await bob.message("keep it civil").count()).toBeLessThanOrEqual(1);
    await bob.message("keep it civil").waitFor();
    expect(await bob.offered("keep it civil")).not.toContain("delete");
    await bob.screenshot("deleted");
  });

  test("[REACT-1] reactions are counted and toggled, from the menu, the picker and the bubble", async () => {
    const { ann, bob, annName, bobName } = await pair("Reactions");
    await ann.type("Cake?");
    await bob.message("Cake?").click({ button: "right" });
    await bob.at("quick-emoji").first().click();
    const chip = (window: ChatWindow, emoji: string) => window.message("Cake?").locator(`[data-emoji="${emoji}"]`);
    await chip(ann, "👍").waitFor();
    await chip(ann, "👍").click();
    await until("two thumbs", async () => (await chip(bob, "👍").innerText()).endsWith("2"));
    await chip(bob, "👍").hover();
    await until("their names", async () => {
      const title = (await chip(bob, "👍").getAttribute("title")) ?? "";
      return title.includes(annName) && title.includes(bobName);
    });
    await bob.message("Cake?").hover();
    await bob.message("Cake?").getByTestId("react").click();
    await bob.at("emoji-search").fill("birthday");
    await bob.at("emoji-search").press("Enter");
    await chip(ann, "🎂").waitFor();
    await chip(ann, "👍").click({ button: "right" });
    await until("three reactors", async () => (await ann.page.locator("[data-testid=reactors] li").count()) === 3);
    await ann.screenshot("reactors");
    await ann.page.keyboard.press("Escape");
    await chip(bob, "👍").click();
    await until("one thumb", async () => (await chip(ann, "👍").innerText()).endsWith("1"));
    await chip(bob, "🎂").click();
    await chip(ann, "🎂").waitFor({ state: "detached" });
  });

  test("[SEND-3] a reply quotes, and its quote leads to the message", async () => {
    const { ann, bob, annName } = await pair("Replies");
    await ann.type("Who has the keys?");
    for (let i = 0; i < 25; i++) await ann.type(`line ${i} of something long enough to scroll away`);
    await bob.message("line 24 of").waitFor();
    await bob.at("jump-newest").waitFor({ state: "detached" });
    await ann.at("message-list").hover();
    await until("the question", async () => {
      await ann.page.mouse.wheel(0, -400);
      return await ann.message("Who has the keys?").isVisible();
    });
    await ann.choose("Who has the keys?", "reply");
    await ann.at("reply-bar").waitFor();
    await ann.type("I found them");
    const quote = bob.message("I found them").getByTestId("quote");
    await quote.waitFor();
    expect(await quote.innerText()).toContain(annName);
    expect(await quote.innerText()).toContain("Who has the keys?");
    await bob.screenshot("reply");
    await quote.click();
    await bob.page.locator("[data-testid=message].marked", { hasText: "Who has the keys?" }).waitFor();
    expect(await bob.at("jump-newest").isVisible()).toBe(true);
  });

  test("[SEND-4] a forwarded message says so, in the conversation that was chosen", async () => {
    const { ann, bob, bobName } = await pair("Sources");
    await ann.type("The answer is 42");
    await ann.ticks("The answer is 42", ["read"]);
    await ann.newDirect(bobName);
    await ann.type("listen:");
    await ann.openRow("Sources");
    await ann.choose("The answer is 42", "forward");
    await ann.at("forward-filter").fill(bobName);
    await ann.at("forward-to").first().click();
    await ann.message("listen:").waitFor();
    await ann.message("The answer is 42").filter({ hasText: "Forwarded" }).waitFor();
    await bob.row("The answer is 42").filter({ hasNotText: "Sources" }).click();
    await bob.message("The answer is 42").filter({ hasText: "Forwarded" }).waitFor();
  });

  test("[PIN-1] pins stand above the messages for everybody, lead there, and go", async () => {
    const { ann, bob, annName } = await pair("Pins");
    await ann.type("The door code is 1234");
    await ann.type("The wifi is called bees");
    await ann.ticks("The wifi", ["read"]);
    expect(await bob.offered("The door code")).not.toContain("pin");
    await ann.choose("The door code", "pin");
    await bob.at("pin-bar").filter({ hasText: "The door code is 1234" }).waitFor();
    await bob.event(`${annName} pinned a message`).waitFor();
    await ann.choose("The wifi", "pin");
    await bob.at("pin-bar").filter({ hasText: "2 pinned messages" }).waitFor();
    await bob.at("pin-bar").filter({ hasText: "The wifi" }).waitFor();
    await bob.at("pin-bar-jump").click();
    await bob.page.locator("[data-testid=message].marked", { hasText: "The wifi" }).waitFor();
    await ann.at("pin-bar-all").click();
    await until("two pins", async () => (await ann.at("pin").count()) === 2);
    await ann.screenshot("pins");
    await ann.at("pin").first().getByTestId("unpin").click();
    await until("one pin", async () => (await ann.at("pin").count()) === 1);
    await bob.at("pin-bar").filter({ hasText: "The door code" }).waitFor();
    // A deleted message loses its pin.
    await ann.choose("The door code", "delete");
    await ann.at("confirm").click();
    await bob.at("pin-bar").waitFor({ state: "detached" });
  });

  test("[PREV-1] a link is shown with what its page says: words only, and only where the sender kept them", async () => {
    const { ann, bob } = await pair("Links");
    const page = { title: "A walk up the hill", description: "Four hours, a view, and tea.", site_name: "Walks" };
    await ann.page.route("**/api/v1/link-preview?*", async (route) => {
      const url = new URL(route.request().url()).searchParams.get("url");
      await route.fulfill({ json: { url, ...page } });
    });
    await ann.at("composer").fill("Have a look at https://example.org/walk");
    await ann.at("preview-bar").filter({ hasText: page.title }).waitFor();
    await ann.screenshot("preview-bar");
    await ann.at("composer").press("Enter");
    const preview = bob.message("Have a look").getByTestId("preview");
    await preview.filter({ hasText: page.title }).waitFor();
    expect(await preview.getAttribute("href")).toBe("https://example.org/walk");
    expect(await preview.locator("img").count()).toBe(0);
    await bob.screenshot("preview");
    await ann.at("composer").fill("And no preview of https://example.org/other");
    await ann.at("preview-bar-stop").click();
    await ann.at("composer").press("Enter");
    await bob.message("And no preview").waitFor();
    expect(await bob.message("And no preview").getByTestId("preview").count()).toBe(0);
  });

  test("[RCPT-3] info tells how many have read a message, and on demand who", async () => {
    const { ann, bobName } = await pair("Receipts");
    await ann.type("Read me");
    await ann.ticks("Read me", ["read"]);
    await ann.choose("Read me", "info");
    await until("the count", async () => (await ann.at("read-by").innerText()) === "Read by 1 of 1");
    expect(await ann.at("receipt").count()).toBe(0);
    await ann.at("show-receipts").click();
    await ann.at("receipt").filter({ hasText: bobName }).waitFor();
    await ann.screenshot("message-info");
  });

  test("everything of a message's menu works by keyboard alone", async () => {
    const { ann, bob } = await pair("Keys");
    await ann.type("first");
    await ann.type("second");
    await bob.message("second").waitFor();
    await bob.tabTo("message-list");
    await bob.page.keyboard.press("ArrowUp");
    await bob.page.keyboard.press("ArrowUp");
    const focused = async (): Promise<string> =>
      await bob.page.evaluate(() => document.activeElement?.textContent ?? "");
    expect(await focused()).toContain("first");
    await bob.page.keyboard.press("Enter");
    await bob.at("message-menu").waitFor();
    expect(await bob.testIdOfFocus()).toBe("menu-reply");
    await bob.page.keyboard.press("ArrowUp");
    expect(await bob.testIdOfFocus()).toBe("more-emoji");
    await bob.page.keyboard.press("Escape");
    await until("the focus back", async () => (await focused()).includes("first"));
    await bob.page.keyboard.press("Enter");
    await bob.at("message-menu").waitFor();
    await bob.page.keyboard.press("Enter");
    await bob.at("reply-bar").waitFor();
    expect(await bob.testIdOfFocus()).toBe("composer");
    await bob.page.keyboard.type("answered by keys");
    await bob.page.keyboard.press("Enter");
    await ann.message("answered by keys").getByTestId("quote").waitFor();
  });
});
