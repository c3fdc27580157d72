import type { Locator } from "playwright-core";
import { expect, test } from "vitest";
import { Person } from "../support/person.ts";
import { unique } from "../support/random.ts";
import { tokenFor } from "../support/tokens.ts";
import { until } from "../support/wait.ts";
import { describeBrowser, useStage } from "./browser.ts";

const COUNT = 140;

/** Whether an element is at least partly inside the part of the list that is on the screen. */
const inView = async (element: Locator): Promise<boolean> =>
  await element.evaluateAll((bubbles) =>
    bubbles.some((bubble) => {
      const list = bubble.closest('[data-testid="message-list"]')?.getBoundingClientRect();
      const { top, bottom } = bubble.getBoundingClientRect();
      return list !== undefined && top < list.bottom && bottom > list.top;
    }),
  );

/** Numbers of the entries in view, from top to bottom. */
const numbersInView = async (messages: Locator): Promise<number[]> =>
  await messages.evaluateAll((bubbles) =>
    bubbles.flatMap((bubble) => {
      const list = bubble.closest('[data-testid="message-list"]')?.getBoundingClientRect();
      const { top, bottom } = bubble.getBoundingClientRect();
      const found = /entry-(\d+)\./.exec(bubble.textContent ?? "")?.[1];
      return list !== undefined && found !== undefined && top < list.bottom && bottom > list.top ? [Number(found)] : [];
    }),
  );

describeBrowser("a long conversation", () => {
  const stage = useStage();

  test("[MSG-1] older pages load when scrolling back, without a gap and without a jump", async () => {
    const [annName, bobName] = [unique("ann"), unique("bob")];
    const who = { userId: annName, deviceId: "script" };
    const ann = new Person(stage.server.url, { ...who, token: await tokenFor(stage.server.url, who) });
    const { conversation_id: id } = await ann.direct({ userId: bobName });
    for (let i = 0; i < COUNT; i++) await ann.send(id, `entry-${i}.`);

    const bob = await stage.signedIn(bobName);
    await bob.openRow(annName);
    const list = bob.at("message-list");
    const seen = new Set<string>();
    const look = async (): Promise<number> => {
      for (const text of await bob.texts(/entry-\d+\./)) seen.add(text);
      return seen.size;
    };
    // It may open at the first unread message; the newest has to be one step away.
    await list.hover();
    await until("the newest message", async () => {
      await bob.page.mouse.wheel(0, 4000);
      await look();
      return seen.has(`entry-${COUNT - 1}.`);
    });
    await bob.screenshot("history-newest");
    // What was seen on the way down is to be seen again on the way back.
    seen.clear();
    await look();
    const jumps: [number[], number[]][] = [];
    await until(
      "the first message",
      async () => {
        const before = await numbersInView(bob.at("message"));
        await bob.page.mouse.wheel(0, -350);
        await look();
        // Half a screen at a time: something of the last view stays in view, also while a page loads above.
        const after = await numbersInView(bob.at("message"));
        if (before.length > 0 && !after.some((number) => before.includes(number))) jumps.push([before, after]);
        return seen.has("entry-0.");
      },
      60_000,
      60,
    );
    await bob.screenshot("history-oldest");
    expect(jumps).toEqual([]);
    expect(seen.size).toBe(COUNT);
    const shown = (await bob.texts(/entry-\d+\./)).map((text) => Number(/\d+/.exec(text)?.[0]));
    expect(shown).toEqual(shown.map((_one, i) => (shown[0] ?? 0) + i));

    await ann.send(id, "a new one meanwhile");
    await bob.at("jump-newest").click();
    await bob.message("a new one meanwhile").waitFor();
  });

  test("new messages keep the newest in view at the bottom, and leave a reader of old ones alone", async () => {
    const [annName, bobName] = [unique("ann"), unique("bob")];
    const who = { userId: annName, deviceId: "script" };
    const ann = new Person(stage.server.url, { ...who, token: await tokenFor(stage.server.url, who) });
    const { conversation_id: id } = await ann.direct({ userId: bobName });
    for (let i = 0; i < 40; i++) await ann.send(id, `entry-${i}.`);
    const bob = await stage.signedIn(bobName);
    await bob.openRow(annName);
    await bob.at("message-list").hover();
    await until("the newest", async () => {
      await bob.page.mouse.wheel(0, 4000);
      return await bob.message("entry-39.").isVisible();
    });
    await ann.send(id, "follows by itself");
    await until("the new one in view", async () => await inView(bob.message("follows by itself")));

    await bob.page.mouse.wheel(0, -900);
    await until("old ones in view", async () => !(await inView(bob.message("follows by itself"))));
    const [first = ""] = await bob.texts(/entry-\d+\./);
    await ann.send(id, "does not disturb");
    await bob.at("jump-newest").waitFor();
    expect(await bob.message(first).count()).toBe(1);
    expect(await inView(bob.message("does not disturb"))).toBe(false);
  });
});
