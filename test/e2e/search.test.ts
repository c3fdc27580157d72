import { expect, test } from "vitest";
import { Person } from "../support/person.ts";
import { unique } from "../support/random.ts";
import { tokenFor } from "../support/tokens.ts";
import { until } from "../support/wait.ts";
import { complaints } from "./axe.ts";
import { describeBrowser, PHONE, useStage } from "./browser.ts";
import type { ChatWindow } from "./chat-window.ts";

describeBrowser("searching", () => {
  const stage = useStage();

  const person = async (userId: string): Promise<Person> => {
    const who = { userId, deviceId: "script" };
    return new Person(stage.server.url, { ...who, token: await tokenFor(stage.server.url, who) });
  };

  /** Ann, who is written to by two people: a needle far back, and a great deal since. */
  const furnished = async (): Promise<{ ann: string; bob: string; group: string }> => {
    const [ann, bob] = [unique("ann"), unique("bob")];
    const script = await person(bob);
    const { conversation_id: id } = await script.direct({ userId: ann });
    await script.send(id, "The brass Néedle is in the drawer");
    for (let n = 0; n < 120; n++) await script.send(id, `filler ${n}`);
    const group = unique("Sewing");
    const { conversation_id: circle } = await script.group([{ userId: ann }], group);
    await script.send(circle, "a needle for the group, and <b>cloth</b>");
    return { ann, bob, group };
  };

  const results = (window: ChatWindow): Promise<string[]> => window.at("search-result").allInnerTexts();
  const search = async (window: ChatWindow, text: string, count: number): Promise<void> => {
    await window.at("search").fill(text);
    await until(`${count} results`, async () => (await window.at("search-result").count()) === count);
  };

  test("[SRCH-1] by keyboard: from the field to the message far back in its conversation", async () => {
    const { ann, bob, group } = await furnished();
    const window = await stage.signedIn(ann);
    await window.row("filler 119").waitFor();
    await window.page.keyboard.press("Control+k");
    expect(await window.testIdOfFocus()).toBe("search");
    await window.page.keyboard.type("need");
    await until("two results", async () => (await results(window)).length === 2);
    const [first = "", second = ""] = await results(window);
    expect(first).toContain(group);
    expect(first).toContain("<b>cloth</b>");
    expect(second).toContain("The brass Néedle is in the drawer");
    expect(await window.page.locator("#results mark").allInnerTexts()).toEqual(["needle", "Néedle"]);
    expect(await complaints(window)).toEqual([]);
    await window.screenshot("search");
    await window.page.keyboard.press("ArrowDown");
    await window.page.keyboard.press("ArrowDown");
    await window.page.keyboard.press("Enter");
    await window.at("head").filter({ hasText: bob }).waitFor();
    const needle = window.message("brass Néedle");
    await needle.waitFor({ timeout: 30_000 });
    await until("it is in view", async () => {
      const box = await needle.boundingBox();
      return box !== null && box.y > 0 && box.y < 800;
    });
    await window.screenshot("search-jumped");
  });

  test("[SRCH-2] what is typed: conversations by name, phrases, nothing found, nothing that can be understood", async () => {
    const { ann, group } = await furnished();
    const window = await stage.signedIn(ann, { colorScheme: "dark" });
    await window.row(group).waitFor();
    await window.at("search").fill(group.slice(0, 6));
    await window.at("search-conversation").filter({ hasText: group }).waitFor();
    await search(window, '"needle for the group"', 1);
    expect(await complaints(window)).toEqual([]);
    await window.screenshot("search-dark");
    await window.at("search").fill("haystack");
    await window.at("search-none").waitFor();
    expect(await complaints(window)).toEqual([]);
    await window.at("search").fill("has:cake");
    await window.at("search-problem").waitFor();
    expect(await complaints(window)).toEqual([]);
    await window.page.keyboard.press("Escape");
    await window.row(group).waitFor();
    expect(await window.at("search").inputValue()).toBe("");
  });

  test("[SRCH-9] without the server, what the browser has is found", async () => {
    const { ann } = await furnished();
    const window = await stage.signedIn(ann);
    await window.openRow("filler 119");
    await window.at("message").first().waitFor();
    await stage.kill();
    await window.at("search").fill("filler 119");
    await until("what is kept", async () => (await results(window)).length === 1, 60_000);
    expect(await window.page.locator(".result-note").innerText()).toContain("on this device");
    await stage.raise();
  });

  test("on a phone the results take the list's place, and lead to the message", async () => {
    const { ann } = await furnished();
    const window = await stage.signedIn(ann, { viewport: PHONE, hasTouch: true, isMobile: true });
    await window.row("filler 119").waitFor();
    await search(window, "filler 11*", 11);
    const wide = await window.page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(wide).toBe(0);
    expect(await complaints(window)).toEqual([]);
    await window.screenshot("search-phone");
    await window.at("search-result").filter({ hasText: "filler 115" }).tap();
    await window.message("filler 115").waitFor();
    await window.at("back").tap();
    await window.at("search-result").first().waitFor();
  });
});
