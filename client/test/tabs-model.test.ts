import { array, assert, asyncProperty, constantFrom, integer, record } from "fast-check";
import type { Arbitrary } from "fast-check";
import { expect, test } from "vitest";
import { FakeClock, settle } from "./support/fake-clock.ts";
import { FakeServer } from "./support/fake-server.ts";
import { FakeBrowser } from "./support/fake-tabs.ts";
import type { FakeTab } from "./support/fake-tabs.ts";
import { generator } from "./support/generator.ts";
import { texts } from "./support/person.ts";

const step = record({
  does: constantFrom(
    ...(["send", "send", "send", "edit", "say", "cut", "wait", "wait"] as const),
    ...(["open", "kill", "freeze", "freezeTold", "thaw", "show", "hide"] as const),
  ),
  which: integer({ min: 0, max: 3 }),
  where: constantFrom("c1", "c2"),
  ms: integer({ min: 0, max: 6000 }),
});
type Step = typeof step extends Arbitrary<infer S> ? S : never;

const CONVERSATIONS = ["c1", "c2"] as const;
const MOST_TABS = 4;

const begin = (browser: FakeBrowser, visible: boolean): void => {
  const { client } = browser.open(visible);
  void client.connect();
  for (const id of CONVERSATIONS) void client.open(id).catch(() => undefined);
};

/** What happens to a tab. `false`: it is for somebody else. */
const happen = (browser: FakeBrowser, tab: FakeTab | undefined, { does, ms }: Step): void => {
  if (does === "open" && browser.tabs.size < MOST_TABS) begin(browser, ms % 2 === 0);
  if (does === "kill") tab?.kill();
  if (does === "freeze") tab?.freeze(false);
  if (does === "freezeTold") tab?.freeze(true);
  if (does === "thaw") tab?.thaw();
  if (does === "show") tab?.show(true);
  if (does === "hide") tab?.show(false);
};

const contentsOf = (server: FakeServer, id: string): string[] =>
  (server.logs.get(id)?.entries ?? []).flatMap((entry) => (entry.kind === "message" ? entry.content : []));

test("[IDEM-1] [SEQ-2] whatever happens to tabs, everything is sent once, and all of them show the same", async () => {
  const run = asyncProperty(array(step, { minLength: 5, maxLength: 40 }), integer(), async (steps, seed) => {
    const random = generator(seed);
    const clock = new FakeClock();
    const server = new FakeServer(clock);
    server.conversation("c1", "direct", ["ann", "ben"]);
    server.conversation("c2", "group", ["ann", "ben", "cem"]);
    const browser = new FakeBrowser(clock, server, "ann", random);
    begin(browser, true);
    await clock.until(() => [...browser.tabs].every((tab) => tab.client.state.name === "online"));
    server.faults.down = (event) => {
      const dice = random();
      if (dice < 0.04) return "cut";
      return dice < 0.12 && (event.type === "entries" || event.type === "ack") ? "twice" : "pass";
    };
    const sent: Record<(typeof CONVERSATIONS)[number], string[]> = { c1: [], c2: [] };
    for (const [index, one] of steps.entries()) {
      const tab = [...browser.tabs][one.which % Math.max(browser.tabs.size, 1)];
      const log = server.logs.get(one.where);
      const writes = tab?.runs === true && tab.client.userId !== undefined;
      if (one.does === "send" && writes) {
        const text = `${tab.id} ${index}`;
        tab.client.send(one.where, text).sent.catch(() => undefined);
        sent[one.where].push(text);
      }
      const own = writes
        ? tab.client.messages(one.where).findLast((message) => message.sender_id === "ann")
        : undefined;
      if (one.does === "edit" && own?.message_id !== undefined)
        tab?.client.react(one.where, own.message_id, "👍", true).done.catch(() => undefined);
      if (one.does === "say" && log !== undefined) server.say(log, "ben", `ben ${index}`);
      if (one.does === "cut") server.cutAll();
      if (one.does === "wait") await clock.advance(one.ms);
      happen(browser, tab, one);
      // Not always: what is under way meets the next step.
      if (random() < 0.5) await settle();
    }
    delete server.faults.down;
    for (const tab of browser.tabs) tab.thaw();
    begin(browser, true);
    const agree = (): boolean =>
      browser.sockets === 1 &&
      [...browser.tabs].every(
        ({ client }) =>
          client.state.name === "online" &&
          CONVERSATIONS.every((id) => texts(client, id).join("\n") === contentsOf(server, id).join("\n")),
      );
    await clock.advance(30_000);
    await clock.until(agree, 300_000).catch(() => undefined);
    for (const id of CONVERSATIONS) {
      const arrived = contentsOf(server, id).filter((text) => text.startsWith("tab"));
      expect(arrived.toSorted()).toEqual(sent[id].toSorted());
      for (const tab of new Set(sent[id].map((text) => text.split(" ")[0] ?? ""))) {
        const of = (all: readonly string[]): string[] => all.filter((text) => text.startsWith(`${tab} `));
        expect(of(arrived)).toEqual(of(sent[id]));
      }
      for (const { client, id: tab } of browser.tabs)
        expect([tab, client.state.name, ...texts(client, id)]).toEqual([tab, "online", ...contentsOf(server, id)]);
    }
    expect(browser.sockets).toBe(1);
    expect(server.breaches).toEqual([]);
    for (const tab of browser.tabs) tab.kill();
  });
  // The report of a failure carries the seed and the steps.
  await assert(run, { numRuns: 200, interruptAfterTimeLimit: 60_000, markInterruptAsFailure: true });
}, 120_000);
