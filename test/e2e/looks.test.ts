import { expect, test } from "vitest";
import { unique } from "../support/random.ts";
import { until } from "../support/wait.ts";
import { complaints } from "./axe.ts";
import { describeBrowser, PHONE, useStage } from "./browser.ts";
import type { ChatWindow } from "./chat-window.ts";

/** How light the page's background is, from 0 to 1. */
const lightness = async (window: ChatWindow): Promise<number> => {
  const colour = await window.page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const context = await window.page.evaluate((text) => {
    const canvas = document.createElement("canvas").getContext("2d");
    if (canvas === null) return [0, 0, 0];
    canvas.fillStyle = text;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  }, colour);
  const [red = 0, green = 0, blue = 0] = context;
  return (red + green + blue) / 3 / 255;
};

const overflow = async (window: ChatWindow): Promise<number> =>
  await window.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

describeBrowser("how it looks and feels", () => {
  const stage = useStage();

  test("axe finds nothing, on any screen, light and dark", async () => {
    for (const colorScheme of ["light", "dark"] as const) {
      const [annName, bobName] = [unique("ann"), unique("bob")];
      const ann = await stage.window(await stage.profile({ colorScheme }));
      expect(await complaints(ann), `${colorScheme} sign-in`).toEqual([]);
      await ann.screenshot(`sign-in-${colorScheme}`);
      await ann.signIn(annName);
      expect(await complaints(ann), `${colorScheme} empty list`).toEqual([]);
      await ann.at("new-group").click();
      await ann.at("new-group-name").waitFor();
      expect(await complaints(ann), `${colorScheme} new group`).toEqual([]);
      await ann.screenshot(`new-group-${colorScheme}`);
      await ann.page.keyboard.press("Escape");
      await ann.newDirect(bobName);
      await ann.type("See https://example.org/path?x=1 and `code`");
      await ann.type("👍");
      await ann.ticks("👍", ["sent"]);
      expect(await complaints(ann), `${colorScheme} conversation`).toEqual([]);
      await ann.screenshot(`conversation-${colorScheme}`);
    }
  });

  test("light and dark follow the system, and the switch overrides it for good", async () => {
    const light = await stage.signedIn(unique("ann"));
    expect(await lightness(light)).toBeGreaterThan(0.7);
    const dark = await stage.signedIn(unique("bob"), { colorScheme: "dark" });
    expect(await lightness(dark)).toBeLessThan(0.3);
    await light.openSettings();
    await light.at("theme").selectOption("dark");
    await until("the dark", async () => (await lightness(light)) < 0.3);
    await light.page.reload();
    await light.at("new-direct").waitFor();
    expect(await lightness(light)).toBeLessThan(0.3);
    await light.screenshot("list-dark-by-switch");
  });

  test("on a phone one pane is shown at a time, nothing is cut off, and back leads back", async () => {
    const [annName, bobName] = [unique("ann"), unique("bob")];
    const ann = await stage.signedIn(annName, { viewport: PHONE, hasTouch: true, isMobile: true });
    const bob = await stage.signedIn(bobName, { viewport: PHONE, hasTouch: true, isMobile: true, colorScheme: "dark" });
    await ann.screenshot("phone-empty");
    await ann.newDirect(bobName);
    await ann.at("composer").fill("From my phone, with a long line that has to break somewhere ".repeat(4));
    await ann.at("send").click();
    await bob.row(annName).waitFor();
    await bob.screenshot("phone-list-dark");
    await bob.openRow(annName);
    await bob.message("From my phone").waitFor();
    await ann.ticks("From my phone", ["read"]);
    for (const window of [ann, bob]) {
      expect(await overflow(window)).toBeLessThanOrEqual(0);
      expect(await window.at("new-direct").isVisible()).toBe(false);
    }
    await ann.screenshot("phone-conversation");
    await bob.screenshot("phone-conversation-dark");
    expect(await complaints(ann)).toEqual([]);
    await ann.at("back").click();
    await ann.row(bobName).waitFor();
    expect(await ann.at("composer").isVisible()).toBe(false);
    await ann.openRow(bobName);
    await ann.page.goBack();
    await ann.row(bobName).waitFor();
    await until("the list alone", async () => !(await ann.at("composer").isVisible()));
  });

  test("everything works by keyboard alone", async () => {
    const [annName, bobName] = [unique("ann"), unique("bob")];
    const ann = await stage.window();
    await ann.at("signin-name").waitFor();
    await ann.tabTo("signin-name");
    await ann.page.keyboard.type(annName);
    await ann.page.keyboard.press("Enter");
    await ann.at("new-direct").waitFor();
    await ann.tabTo("new-direct");
    await ann.page.keyboard.press("Enter");
    await ann.at("new-direct-name").waitFor();
    await ann.tabTo("new-direct-name");
    await ann.page.keyboard.type(bobName);
    await ann.page.keyboard.press("Enter");
    await ann.at("composer").waitFor();
    await ann.tabTo("composer");
    await ann.page.keyboard.type("one line");
    await ann.page.keyboard.press("Shift+Enter");
    await ann.page.keyboard.type("and another");
    await ann.page.keyboard.press("Enter");
    await ann.ticks("and another", ["sent"]);
    expect(await ann.message("one line").innerText()).toMatch(/one line\s*\n\s*and another/);
    expect(await ann.at("composer").inputValue()).toBe("");
    await ann.tabTo("conversation-row");
    await ann.page.keyboard.press("Enter");
    await ann.at("composer").waitFor();
    await ann.screenshot("keyboard");
  });

  test("the policy of the page lets nothing foreign in, and nothing the app does breaks it", async () => {
    const answer = await fetch(stage.server.url);
    const policy = answer.headers.get("content-security-policy") ?? "";
    expect(policy).toMatch(/default-src 'none'/);
    expect(policy).toMatch(/script-src 'self'(;|$)/);
    expect(policy).toMatch(/frame-ancestors 'none'/);
    expect(policy).not.toMatch(/unsafe-inline|unsafe-eval|\*/);
    expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
    const ann = await stage.signedIn(unique("ann"));
    await ann.newDirect(unique("bob"));
    await ann.type("hello");
    await ann.ticks("hello", ["sent"]);
    expect(ann.faults).toEqual([]);
    // The listener hears violations at all: this one is made on purpose.
    await ann.page.evaluate(() => {
      const image = document.createElement("img");
      image.src = "http://127.0.0.1:1/spy.png";
      document.body.append(image);
    });
    await until("the violation", () => ann.faults.some((fault) => fault.includes("img-src")));
    ann.faults.length = 0;
  });
});
