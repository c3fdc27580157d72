import { expect, test } from "vitest";
import { unique } from "../support/random.ts";
import { until } from "../support/wait.ts";
import { describeBrowser } from "./browser.ts";
import type { ChatWindow } from "./chat-window.ts";
import { PushStage, type Reachable } from "./push-stage.ts";

describeBrowser("notifications", () => {
  const world = new PushStage();
  const { stage } = world;

  /** Somebody who turned notifications on, and a conversation in which somebody wrote to him. */
  const written = async (): Promise<Reachable & { bob: ChatWindow; bobName: string; id: string }> => {
    const ann = await world.reachable(unique("ann"));
    const bobName = unique("bob");
    const bob = await stage.signedIn(bobName);
    await bob.newDirect(ann.name);
    await bob.type("first");
    await bob.ticks("first", ["sent", "delivered"]);
    await ann.window.row(bobName).waitFor();
    await world.turnOn(ann.window);
    const id = decodeURIComponent(/#\/c\/([^/]+)/.exec(bob.page.url())?.[1] ?? "");
    return { ...ann, bob, bobName, id };
  };

  /** A note as the server makes them. */
  const note = (id: string, seq: number, more: object = {}): object => ({
    type: "message",
    conversation_id: id,
    seq,
    count: 1,
    sender_id: "carl",
    sender_name: "Carl",
    badge: 1,
    timestamp: new Date().toISOString(),
    ...more,
  });

  test("[PUSH-9] the whole way, from somebody's field to a notification, to the conversation, and away again", async () => {
    const { window, browser, name, bob, bobName, id } = await written();
    const endpoint = (await browser.endpoint(window)) ?? "";
    const bring = world.bringing(browser, endpoint);
    await window.openRow(bobName);
    await window.message("first").waitFor();
    await window.page.goto("about:blank");
    await browser.spy();
    for (const text of ["second", "third"]) await bob.type(text);
    await until("a push", async () => (await bring()) > 0, 15_000);
    await browser.shows(`${bobName}: 2 new messages`);
    expect((await browser.spies()).badges).toEqual([2]);
    await bob.type("fourth");
    await until("another one", async () => (await bring()) > 0, 30_000);
    await browser.shows(`${bobName}: 3 new messages`);
    await browser.click(bobName);
    const opened = await until("a window", async () => (await browser.spies()).opened.at(-1));
    expect(opened).toBe(`/#/c/${encodeURIComponent(id)}`);
    await browser.shows();
    await window.page.goto(new URL(opened, stage.server.url).href);
    await window.message("fourth").waitFor();
    await window.page.goto("about:blank");
    await bob.type("fifth");
    await until("the fifth", async () => (await bring()) > 0, 30_000);
    await browser.shows(`${bobName}: New message`);
    // Read on another device, while no window of this one is open.
    const there = await stage.signedIn(name);
    await there.openRow(bobName);
    await there.message("fifth").waitFor();
    await until("that it was read", async () => (await bring()) > 0, 15_000);
    await browser.shows();
    expect(world.service.received({ endpoint }).map(({ urgency }) => urgency)).toEqual(["high", "high", "high", "low"]);
  }, 180_000);

  test("[PUSH-7] one notification for each conversation; what comes late or twice changes nothing", async () => {
    const { browser } = await written();
    await browser.deliver(note("c1", 4));
    await browser.deliver(note("c2", 2, { type: "mention", conversation_name: "Boat", count: 3 }));
    await browser.shows("Carl: New message", "Boat: Carl mentioned you\n3 new messages");
    await browser.deliver(note("c1", 6, { count: 3, preview: "See you there" }));
    await browser.deliver(note("c1", 5, { count: 2 }));
    await browser.deliver(note("c1", 6, { count: 3, preview: "See you there" }));
    await browser.shows("Carl: See you there\n3 new messages", "Boat: Carl mentioned you\n3 new messages");
    await browser.deliver(note("c1", 5, { type: "read" }));
    await browser.deliver(note("c2", 2, { type: "read" }));
    await browser.shows("Carl: See you there\n3 new messages");
    for (const nonsense of ["", "{", '{"type":"call"}']) await browser.deliver(nonsense);
    await browser.shows("Carl: See you there\n3 new messages", "Parley: There is something new.");
  });

  test("whoever looks at the conversation is not told of it; whoever looks elsewhere is", async () => {
    const { window, browser, bobName, id } = await written();
    await browser.spy();
    await browser.deliver(note(id, 8));
    await browser.shows("Carl: New message");
    await window.openRow(bobName);
    await window.page.bringToFront();
    await until("looked at", async () => await window.page.evaluate(() => document.hasFocus()));
    await browser.deliver(note(id, 9, { sender_name: "Dora" }));
    await browser.deliver(note("other", 1, { sender_name: "Eve" }));
    await browser.shows("Carl: New message", "Eve: New message");
    // The window counts for itself.
    expect((await browser.spies()).badges).toEqual([]);
  });

  test("a click opens the conversation in the window that is there", async () => {
    const { window, browser, bobName, id } = await written();
    await browser.spy();
    await window.at("settings").waitFor();
    await browser.deliver(note(id, 8));
    await browser.shows("Carl: New message");
    await browser.click("Carl");
    await window.at("head").filter({ hasText: bobName }).waitFor();
    await until("brought to the front", async () => (await browser.spies()).focused === 1);
    expect((await browser.spies()).opened).toEqual([]);
  });

  test("what is read, here or elsewhere, is taken away by the window that is open", async () => {
    const { window, browser, name, bobName, id } = await written();
    await browser.deliver(note(id, 1));
    await browser.deliver(note("other", 1, { sender_name: "Eve" }));
    await browser.shows("Carl: New message", "Eve: New message");
    const there = await stage.signedIn(name);
    await there.openRow(bobName);
    await there.message("first").waitFor();
    await until("read here", async () => (await window.row(bobName).getByTestId("unread-badge").count()) === 0);
    await browser.shows("Eve: New message");
  });

  test("[PUSH-4] signing out takes the address back, and everything that was shown", async () => {
    const { window, browser, name, bob, bobName, id } = await written();
    const endpoint = (await browser.endpoint(window)) ?? "";
    const there = await world.reachable(name);
    await world.turnOn(there.window);
    const bring = world.bringing(there.browser, (await there.browser.endpoint(there.window)) ?? "");
    await there.window.page.goto("about:blank");
    await browser.deliver(note(id, 8));
    await browser.shows("Carl: New message");
    await window.openSettings();
    await window.at("sign-out").click();
    await window.at("signin-name").waitFor();
    await browser.shows();
    await until("unsubscribed", async () => (await browser.endpoint(window)) === undefined);
    await until("that the device is gone", async () => (await browser.kept()) === undefined);
    await bob.type("second");
    await until("her other browser to be told", async () => (await bring()) > 0, 15_000);
    await there.browser.shows(`${bobName}: 2 new messages`);
    expect(world.service.received({ endpoint })).toEqual([]);
    // What comes all the same says nothing of anybody.
    await browser.deliver(note(id, 9));
    await browser.shows("Parley: There is something new.");
  });

  test("[PUSH-4] two people in one browser: the last one to turn them on has them, and the other one is told", async () => {
    const { window, browser, name, bobName } = await written();
    const other = await stage.window(browser.context);
    await other.openSettings();
    await other.at("other-person").click();
    const carlName = unique("carl");
    await other.signIn(carlName);
    await other.openSettings("notifications");
    await other.at("push-test").waitFor();
    await window.at("settings-notifications").click();
    await window
      .at("push-switch-hint")
      .filter({ hasText: `notifies ${carlName}` })
      .waitFor();
    await window.screenshot("push-somebody-else");
    const endpoint = (await browser.endpoint(window)) ?? "";
    const bring = world.bringing(browser, endpoint);
    await window.at("push-switch").click();
    await window.at("push-test").click();
    await until("a test", async () => (await bring()) > 0, 15_000);
    await browser.shows("Parley: Notifications reach this device.");
    await other
      .at("push-switch-hint")
      .filter({ hasText: `notifies ${name}` })
      .waitFor();
    expect(await other.at("push-switch").getAttribute("aria-checked")).toBe("false");
    // Whoever clicks it is led to a window of the person whom it was for.
    await browser.spy();
    await window.openRow(bobName);
    await window.page.bringToFront();
    await browser.click("Parley");
    await until("brought to the front", async () => (await browser.spies()).focused === 1);
  });

  test("an address that the push service changes is registered anew while no window is open", async () => {
    const { window, browser, bob, bobName } = await written();
    const before = (await browser.endpoint(window)) ?? "";
    await window.page.goto("about:blank");
    const key = /"public_key":"([^"]+)"/.exec(await offer())?.[1] ?? "";
    const fresh = world.service.subscription(key);
    await browser.resubscribe(fresh);
    await until("registered", async () => (await browser.kept())?.endpoint === fresh.endpoint);
    await bob.type("second");
    const bring = world.bringing(browser, fresh.endpoint);
    await until("a push at the new one", async () => (await bring()) > 0, 15_000);
    await browser.shows(`${bobName}: 2 new messages`);
    expect(world.service.received({ endpoint: before })).toEqual([]);
  });

  test("the settings: off again, quiet hours, previews", async () => {
    const { window, browser } = await written();
    await window.at("settings-notifications").click();
    await window.at("push-quiet").click();
    await window.at("quiet-from").selectOption("23:30");
    await window.at("toast").filter({ hasText: "Saved" }).waitFor();
    await window.at("push-previews").click();
    await window.page.reload();
    await until("both", async () => (await window.at("push-previews").getAttribute("aria-checked")) === "true");
    expect(await window.at("quiet-from").inputValue()).toBe("23:30");
    expect(await window.at("quiet-until").inputValue()).toBe("07:00");
    await window.at("push-quiet").click();
    await window.at("quiet-hours").waitFor({ state: "detached" });
    expect(await window.at("push-switch").getAttribute("aria-checked")).toBe("true");
    await window.at("push-switch").click();
    await window.at("push-switch-hint").filter({ hasText: "You are not told" }).waitFor();
    expect([await browser.endpoint(window), await browser.kept()]).toEqual([undefined, undefined]);
  });

  const offer = async (): Promise<string> => {
    const made = await fetch(new URL("/api/v1/dev/token", stage.server.url), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ user_id: unique("any"), device_id: "any" }),
    });
    const { token } = (await made.json()) as { token: string };
    const headers = { authorization: `Bearer ${token}` };
    return await (await fetch(new URL("/api/v1/push", stage.server.url), { headers })).text();
  };
});
