import { expect, test } from "vitest";
import { unique } from "../support/random.ts";
import { until } from "../support/wait.ts";
import { describeBrowser, useStage } from "./browser.ts";

describeBrowser("two people chat", () => {
  const stage = useStage();

  test("a message goes from sent over delivered to read, and an answer comes back", async () => {
    const [annName, bobName] = [unique("ann"), unique("bob")];
    const [ann, bob] = await Promise.all([stage.signedIn(annName), stage.signedIn(bobName)]);
    await ann.newDirect(bobName);
    await ann.type("Hello Bob!");
    await ann.ticks("Hello Bob!", ["sent", "delivered"]);
    await bob.row(annName).waitFor();
    await ann.ticks("Hello Bob!", ["delivered"]);
    await ann.screenshot("chat-delivered");
    expect(await bob.row(annName).getByTestId("unread-badge").innerText()).toBe("1");
    await bob.screenshot("chat-unread");

    await bob.openRow(annName);
    await bob.message("Hello Bob!").waitFor();
    await ann.ticks("Hello Bob!", ["read"]);
    await until("the badge to go", async () => (await bob.at("unread-badge").count()) === 0);

    await bob.type("Hello Ann, how are you?");
    await ann.message("Hello Ann, how are you?").waitFor();
    await bob.ticks("Hello Ann, how are you?", ["read"]);
    expect(await ann.statuses("Hello Bob!")).toEqual(["read"]);
    await ann.screenshot("chat-read");
    await bob.screenshot("chat-answer");
  });

  test("several messages in a row arrive in order, with an exact badge", async () => {
    const [annName, bobName] = [unique("ann"), unique("bob")];
    const [ann, bob] = await Promise.all([stage.signedIn(annName), stage.signedIn(bobName)]);
    await ann.newDirect(bobName);
    const texts = Array.from({ length: 8 }, (_x, i) => `line-${i}`);
    for (const text of texts) await ann.type(text);
    await until("eight unread", async () => (await bob.at("unread-badge").allInnerTexts()).join() === "8");
    await bob.openRow(annName);
    await bob.message("line-7").waitFor();
    expect(await bob.texts(/line-\d/)).toEqual(texts);
    expect(await ann.texts(/line-\d/)).toEqual(texts);
    await ann.ticks("line-7", ["read"]);
  });

  test("two windows of one browser are two people", async () => {
    const [annName, bobName] = [unique("ann"), unique("bob")];
    const profile = await stage.profile();
    const [ann, bob] = [await stage.window(profile), await stage.window(profile)];
    await ann.signIn(annName);
    await bob.signIn(bobName);
    await ann.newDirect(bobName);
    await ann.type("Are you next to me?");
    await bob.openRow(annName);
    await bob.message("Are you next to me?").waitFor();
    await ann.page.reload();
    await ann.openRow(bobName);
    await ann.ticks("Are you next to me?", ["read"]);
  });

  test("a group: everybody sees who said what, and it is read when all have read it", async () => {
    const names = [unique("ann"), unique("bob"), unique("carl")] as const;
    const [ann, bob, carl] = await Promise.all([
      stage.signedIn(names[0]),
      stage.signedIn(names[1]),
      stage.signedIn(names[2]),
    ]);
    await ann.newGroup("Chess club", [names[1], names[2]]);
    await ann.type("Tuesday at eight?");
    await Promise.all([bob, carl].map((window) => window.openRow("Chess club")));
    await Promise.all([bob, carl].map((window) => window.message("Tuesday at eight?").waitFor()));
    await ann.ticks("Tuesday at eight?", ["read"]);
    await bob.type("I am in");
    await carl.message("I am in").waitFor();
    expect(await carl.message("I am in").innerText()).toContain(names[1]);
    await ann.screenshot("group-ann");
    await carl.screenshot("group-carl");
  });

  test("what a person types is shown as it was typed, never as HTML", async () => {
    const [annName, bobName] = [unique("ann"), unique("bob")];
    const [ann, bob] = await Promise.all([stage.signedIn(annName), stage.signedIn(bobName)]);
    await ann.newDirect(bobName);
    const nasty = `<img src=x onerror="document.title='owned'"> <b>bold</b> javascript:alert(1)`;
    await ann.type(nasty);
    await bob.openRow(annName);
    await bob.message("<b>bold</b>").waitFor();
    for (const window of [ann, bob]) {
      expect(await window.page.title()).not.toBe("owned");
      expect(await window.message("bold").locator("img, b, script").count()).toBe(0);
      expect(await window.page.locator('a[href^="javascript:"]').count()).toBe(0);
    }
  });

  test("a reload keeps the sign-in, the conversation and the draft; signing out ends all three", async () => {
    const [annName, bobName] = [unique("ann"), unique("bob")];
    const ann = await stage.signedIn(annName);
    await ann.newDirect(bobName);
    await ann.type("Here to stay");
    await ann.ticks("Here to stay", ["sent"]);
    await ann.at("composer").fill("half a sent");
    await ann.page.reload();
    await ann.openRow(bobName);
    await ann.message("Here to stay").waitFor();
    await until("the draft", async () => (await ann.at("composer").inputValue()) === "half a sent");
    await ann.openSettings();
    await ann.at("sign-out").click();
    await ann.at("signin-name").waitFor();
    await ann.page.reload();
    await ann.at("signin-name").waitFor();
    expect(await ann.message("Here to stay").count()).toBe(0);
  });
});
