import { expect, test } from "vitest";
import type { ParleyClient } from "../../src/api.ts";
import * as hooks from "../../src/react/index.ts";
import { settle } from "./fake-clock.ts";
import { FakeBrowser } from "./fake-tabs.ts";
import { connectedWorld } from "./world.ts";

type Component = () => unknown;

/** What the two libraries have in common, and how each renders. */
export interface Library {
  readonly createElement: (type: unknown, props: unknown, ...children: unknown[]) => unknown;
  /** Renders into a fresh element, with everything that follows from it done. Gives what ends it. */
  readonly mount: (element: unknown) => Promise<{ readonly text: () => string; readonly end: () => Promise<void> }>;
  /** Does something, and renders what follows from it. */
  readonly act: (work: () => unknown) => Promise<void>;
}

const stageOf = ({ createElement, mount, act }: Library) => ({
  createElement,
  mount,
  show: (client: ParleyClient, ...components: Component[]) =>
    mount(
      createElement(
        hooks.ParleyProvider,
        { client },
        ...components.map((component, key) => createElement(component, { key })),
      ),
    ),
  later: (work: () => unknown) =>
    act(async () => {
      await work();
      await settle();
    }),
});
type HookStage = ReturnType<typeof stageOf>;

const testList = ({ createElement, show, later }: HookStage): void => {
  test("the list, a row and the connection are rendered as they are, and again when they change", async () => {
    const { server, log, ann, clock } = await connectedWorld("group", ["ann", "ben"]);
    log.name = "Walkers";
    server.tell(log, "ann");
    await settle();
    let renders = 0;
    const view = await show(
      ann,
      () => {
        renders++;
        const list = hooks.useConversations();
        return createElement("p", {}, list.map((row) => `${row.name} ${row.unread_count}`).join());
      },
      () => createElement("p", {}, ` / ${hooks.useConversation("c1")?.name} ${hooks.useConnectionState().name}`),
    );
    expect(view.text()).toBe("Walkers 0 / Walkers online");
    const before = renders;
    // Nothing that it shows changed.
    await later(() => ann.setActive(false));
    expect(renders).toBe(before);
    await later(() => server.say(log, "ben", "hello"));
    expect(view.text()).toBe("Walkers 1 / Walkers online");
    await later(() => server.cutAll());
    expect(view.text()).toBe("Walkers 1 / Walkers offline");
    await later(() => clock.until(() => ann.state.name === "online"));
    expect(view.text()).toBe("Walkers 1 / Walkers online");
    await view.end();
  });
};

const testMessages = ({ createElement, show, later }: HookStage): void => {
  test("[CMD-6] messages are on the screen while any component shows them; older ones are loaded on demand", async () => {
    const { server, log, ann } = await connectedWorld("direct", ["ann", "ben"]);
    server.newest = 5;
    server.cutAll();
    await settle();
    for (let count = 0; count < 120; count++) server.say(log, "ben", `m${count}`, true);
    await ann.connect();
    let shown: hooks.Messages | undefined;
    const List = (): unknown => {
      shown = hooks.useMessages("c1");
      return createElement("p", {}, shown.messages.map((message) => message.content).join());
    };
    const first = await show(ann, List);
    await later(() => undefined);
    expect(first.text()).toMatch(/m119$/);
    const socket = [...server.sockets][0];
    expect(socket?.opened.has("c1")).toBe(true);
    const second = await show(ann, List);
    await first.end();
    await later(() => undefined);
    expect(socket?.opened.has("c1")).toBe(true);
    for (let hasOlder = true; hasOlder; hasOlder = shown?.hasOlder === true) await later(() => shown?.loadOlder());
    expect(second.text()).toMatch(/^m0,m1,/);
    expect(shown).toMatchObject({ isLoading: false, hasOlder: false });
    server.faults.rest = () => "unreachable";
    await later(() => ann.send("c1", "mine"));
    expect(second.text()).toMatch(/mine$/);
    await second.end();
    await later(() => undefined);
    expect(socket?.opened.has("c1")).toBe(false);
  });
};

const testPeople = ({ createElement, mount, show, later }: HookStage): void => {
  test("[CMD-8] presence is watched as long as it is shown; typing and names come by themselves", async () => {
    const { clock, server, ann } = await connectedWorld("direct", ["ann", "ben"]);
    server.profiles.set("ben", { user_id: "ben", display_name: "Ben" });
    const view = await show(ann, () => {
      const status = hooks.usePresence("ben")?.status ?? "unknown";
      const typing = hooks.useTyping("c1").join();
      return createElement("p", {}, [hooks.usePerson("ben")?.display_name, status, typing].join(" "));
    });
    expect(view.text()).toContain("unknown");
    await later(() => clock.advance(100));
    expect(view.text()).toBe("Ben offline ");
    const [socket] = server.sockets;
    await later(() => {
      if (socket === undefined) return;
      server.down(socket, { type: "presence", user_id: "ben", status: "online" });
      server.down(socket, { type: "typing", conversation_id: "c1", user_id: "ben", state: "start" });
    });
    expect(view.text()).toBe("Ben online ben");
    await view.end();
    await later(() => clock.advance(100));
    expect(socket?.watched.has("ben")).toBe(false);
  });

  test("a shared client serves them as well, in a tab that follows", async () => {
    const { clock, server, log, ann } = await connectedWorld("direct", ["ben", "ann"]);
    await ann.close();
    const browser = new FakeBrowser(clock, server, "ann");
    await browser.open().client.connect();
    const { client } = browser.open();
    await client.connect();
    const view = await show(client, () =>
      createElement(
        "p",
        {},
        [hooks.useConnectionState().name, ...hooks.useMessages("c1").messages.map((one) => one.content)].join(),
      ),
    );
    await later(() => server.say(log, "ben", "hello"));
    expect(view.text()).toBe("online,hello");
    await view.end();
  });

  test("without a provider they say so", async () => {
    const Bare = (): unknown => {
      expect(() => hooks.useClient()).toThrow(/ParleyProvider/);
      return null;
    };
    await (await mount(createElement(Bare, {}))).end();
  });
};

/** The tests of the hooks, for a library that renders them. */
export const testHooks = (library: Library): void => {
  const stage = stageOf(library);
  for (const tests of [testList, testMessages, testPeople]) tests(stage);
};
