import { readFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { Person } from "../support/person.ts";
import { unique } from "../support/random.ts";
import { tokenFor } from "../support/tokens.ts";
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

  /** What somebody who reports a message reads off it: the ids of its conversation and its own. */
  const idsOf = async (window: ChatWindow, text: string): Promise<[conversation: string, message: string]> => {
    await window.choose(text, "info");
    const [conversation = "", message = ""] = (await window.at("message-id").innerText()).split(" ");
    await window.closePanel();
    return [conversation, message];
  };

  const fill = async (window: ChatWindow, values: Readonly<Record<string, string>>): Promise<void> => {
    for (const [name, value] of Object.entries(values)) await window.at(`act-${name}`).fill(value);
    await window.at("act-submit").click();
    await window.at("act-submit").waitFor({ state: "detached" });
  };

  test("[HOLD-3] [TAKE-1] [AUDIT-1] one holds a conversation, takes a message down, sees it kept, lets go, and finds the log whole", async () => {
    const [annName, bobName] = [unique("ann"), unique("bob")];
    const ann = await stage.signedIn(annName);
    await ann.newDirect(bobName);
    await ann.type("Something that ought not to stand");
    await ann.ticks("Something that ought not to stand", ["sent"]);
    const [conversation, message] = await idsOf(ann, "Something that ought not to stand");
    const window = await operator();
    await enter(window);
    await window.at("look-id").fill(conversation);
    await window.at("look-conversation").click();
    await window.at("conversation-state").waitFor();
    expect(await window.at("facts").innerText()).toMatch(/Members\s+2/);
    await window.at("hold-place").click();
    await fill(window, { reason: "case 7" });
    expect(await window.at("hold").innerText()).toContain("case 7");
    await window.at("takedown").click();
    await window.screenshot("desktop-light-operators-takedown");
    expect(await complaints(window)).toEqual([]);
    await fill(window, { message_id: message, reason: "against the rules" });
    await window.at("held-message").waitFor();
    expect(await window.at("held-message").innerText()).toMatch(/ought not to stand[^]*taken down/);
    await ann.message("This message was deleted").waitFor();
    expect(await ann.message("ought not to stand").count()).toBe(0);
    expect(await complaints(window)).toEqual([]);
    await window.screenshot("desktop-light-operators-conversation");
    await window.at("op-holds").click();
    await window.at("hold").filter({ hasText: conversation }).getByTestId("hold-release").click();
    await fill(window, { reason: "case closed" });
    await until("no hold", async () => (await window.at("hold").filter({ hasText: conversation }).count()) === 0);
    await window.at("op-audit").click();
    const verdict = async (): Promise<string | null> => await window.at("audit-verdict").getAttribute("data-state");
    await window.at("audit-verify").click();
    await until("the verdict", async () => (await verdict()) === "whole");
    const log = await window.at("audit").innerText();
    for (const said of ["case 7", "against the rules", "case closed", conversation]) expect(log).toContain(said);
    await window.screenshot("desktop-light-operators-audit-whole");
    const head = await window.at("audit-head").innerText();
    const turned = head.slice(0, -1) + (head.endsWith("0") ? "1" : "0");
    await window.at("audit-noted").fill(turned);
    await window.at("audit-verify").click();
    await until("the other verdict", async () => (await verdict()) === "broken");
    expect(await complaints(window)).toEqual([]);
    await window.at("audit-noted").fill(head);
    await window.at("audit-verify").click();
    await until("the verdict", async () => (await verdict()) === "whole");
  });

  test("[SUSP-1] one suspends an account and lifts that again", async () => {
    const bobName = unique("bob");
    const bob = await stage.signedIn(bobName);
    const window = await operator({ colorScheme: "dark", ...PHONE_OPTIONS });
    await enter(window);
    await window.at("look-id").fill(bobName);
    await window.at("look-user").click();
    await window.at("suspend").click();
    await fill(window, { reason: "spam" });
    await window.at("unsuspend").waitFor();
    expect(await window.at("facts").innerText()).toContain("spam");
    await bob.at("stopped").waitFor();
    await bob.screenshot("suspended");
    await window.screenshot("phone-dark-operators-user");
    expect(await complaints(window)).toEqual([]);
    await window.at("unsuspend").click();
    await fill(window, { reason: "a mistake" });
    await window.at("suspend").waitFor();
  });

  test("[ADM-14] one exports a person's data, sees it come about after a reload too, and has a file that was checked", async () => {
    const annName = unique("ann");
    const ann = await stage.signedIn(annName);
    await ann.newDirect(unique("bob"));
    await ann.type("Hers to take along");
    await ann.ticks("Hers to take along", ["sent"]);
    const window = await operator();
    await enter(window);
    await window.at("look-id").fill(annName);
    await window.at("look-user").click();
    await window.at("export").click();
    await window.at("act-include").selectOption("readable");
    await fill(window, { reason: "she asked" });
    await window.page.reload();
    await window.at("op-data").click();
    await window.page.locator("[data-testid=job][data-status=done]").waitFor();
    const coming = window.page.waitForEvent("download");
    await window.at("download").click();
    const file = await readFile(await (await coming).path());
    expect(gunzipSync(file).toString()).toContain("Hers to take along");
    await window.at("download-said").filter({ hasText: "the checksum is right" }).waitFor();
    await window.screenshot("desktop-light-operators-export");
    expect(await complaints(window)).toEqual([]);
  });

  test("[ADM-15] one erases a person, whose id has to be typed, and has the certificate", async () => {
    const [annName, bobName] = [unique("ann"), unique("bob")];
    const [ann, bob] = [await stage.signedIn(annName), await stage.signedIn(bobName)];
    await ann.newDirect(bobName);
    await ann.type("To be forgotten");
    await ann.ticks("To be forgotten", ["sent", "delivered"]);
    await bob.openRow(annName);
    await bob.message("To be forgotten").waitFor();
    const window = await operator({ colorScheme: "dark", ...PHONE_OPTIONS });
    await enter(window);
    await window.at("look-id").fill(annName);
    await window.at("look-user").click();
    await window.at("erase").click();
    await window.at("act-typed").fill("somebody");
    await window.at("act-reason").fill("she asked");
    await window.at("act-submit").click();
    await window.at("act-problem").filter({ hasText: "That is not the id" }).waitFor();
    await fill(window, { typed: annName });
    await window.at("certificate").waitFor();
    await bob.message("This message was deleted").waitFor();
    expect(await bob.message("To be forgotten").count()).toBe(0);
    await ann.at("stopped").waitFor();
    await window.at("certificate").scrollIntoViewIfNeeded();
    await window.screenshot("phone-dark-operators-erasure");
    expect(await complaints(window)).toEqual([]);
    const coming = window.page.waitForEvent("download");
    await window.at("certificate-save").click();
    const certificate = JSON.parse(await readFile(await (await coming).path(), "utf8")) as { user_id: string };
    expect(certificate.user_id).toBe(annName);
  });

  test("[ADM-8] one sets for how long a conversation keeps its messages, and lets the policies decide again", async () => {
    const who = { userId: unique("ann"), deviceId: "phone" };
    const ann = new Person(stage.server.url, { ...who, token: await tokenFor(stage.server.url, who) });
    const { conversation_id } = await ann.group([], "Weekend walk");
    const window = await operator();
    await enter(window);
    await window.page.goto(`${stage.server.url}/#/operators/conversation/${conversation_id}`);
    await window.at("retention-set").click();
    await fill(window, { days: "36500", reason: "a contract" });
    await window.at("retention").filter({ hasText: "36500 days (set for this conversation)" }).waitFor();
    await window.at("retention-clear").click();
    await fill(window, { reason: "it ended" });
    await window.at("retention").filter({ hasText: "Messages are kept for ever" }).waitFor();
  });

  test("[ADM-7] one sets for how long messages are kept, and takes that away", async () => {
    const window = await operator();
    await enter(window);
    await window.at("op-retention").click();
    await window.at("policy-add").click();
    await window.at("act-kind").selectOption("channel");
    await fill(window, { region: "local", days: "36500", reason: "house rules" });
    const policy = window.at("policy").filter({ hasText: "Channels in local" });
    await policy.waitFor();
    expect(await policy.innerText()).toMatch(/36500 days[^]*house rules/);
    expect(await complaints(window)).toEqual([]);
    await window.screenshot("desktop-light-operators-policy");
    await policy.getByTestId("policy-clear").click();
    await fill(window, { reason: "over" });
    await policy.waitFor({ state: "detached" });
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
    const who = { userId: unique("ann"), deviceId: "phone" };
    const ann = new Person(stage.server.url, { ...who, token: await tokenFor(stage.server.url, who) });
    const { conversation_id } = await ann.group([], "Weekend walk");
    const settled = async (): Promise<boolean> =>
      !(await window.at("operators-page").innerText()).includes("One moment");
    await window.at("op-look").click();
    await window.at("look-id").fill(conversation_id);
    await window.at("look-conversation").click();
    await window.at("conversation-state").waitFor();
    await until("all of it", settled);
    await look("a-conversation");
    await window.at("retention-set").click();
    await look("retention-dialog");
    await window.page.keyboard.press("Escape");
    await window.at("op-look").click();
    await window.at("look-id").fill(who.userId);
    await window.at("look-user").click();
    await window.at("user-state").waitFor();
    await look("an-account");
    expect(wrong).toEqual([]);
  };
  test("on a desktop in the light", async () => await looks("light", false));
  test("on a phone in the dark", async () => await looks("dark", true));
});
