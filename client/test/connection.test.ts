import { expect, test } from "vitest";
import { clientIn } from "../src/create-client.ts";
import { ParleyError } from "../src/parley-error.ts";
import { environmentOf, FakeClock, settle } from "./support/fake-clock.ts";
import { restOf } from "./support/fake-rest.ts";
import { FakeServer } from "./support/fake-server.ts";
import { person, tokenOf } from "./support/person.ts";

const world = () => {
  const clock = new FakeClock();
  return { clock, server: new FakeServer(clock) };
};

test("[WS-4] a dead connection is noticed by its missing pong, and replaced", async () => {
  const { clock, server } = world();
  const ann = person(clock, server, "ann");
  const names: string[] = [];
  ann.on("state", (state) => names.push(state.name));
  await ann.connect();
  await clock.advance(300_000);
  expect(names.at(-1)).toBe("online");
  expect(names.filter((name) => name === "online")).toHaveLength(1);
  for (const socket of server.sockets) socket.receive = () => undefined;
  await clock.advance(41_000);
  expect(names).toContain("offline");
  await clock.until(() => ann.state.name === "online");
});

test("[CLOSE-2] comes back after every kind of break, and says when", async () => {
  const { clock, server } = world();
  const ann = person(clock, server, "ann");
  await ann.connect();
  for (const code of [1006, 1012, 4400, 4401]) {
    server.cutAll(code);
    await settle();
    expect(ann.state.name).toBe("offline");
    await clock.until(() => ann.state.name === "online");
  }
  server.cutAll(4429, "7000");
  await settle();
  expect(ann.state).toMatchObject({ name: "offline", retryAt: expect.any(Number) });
  await clock.advance(6900);
  expect(ann.state.name).toBe("offline");
  await clock.until(() => ann.state.name === "online");
});

test("[AUTH-6] every connection asks for a token; one that the app cannot give stops it", async () => {
  const { clock, server } = world();
  let asked = 0;
  const ann = person(clock, server, "ann", {
    getToken: () => {
      asked++;
      if (asked > 2) throw new ParleyError("unauthenticated", "signed out");
      return tokenOf("ann", clock.now + 3_600_000);
    },
  });
  await ann.connect();
  server.cutAll(4401);
  await settle();
  await clock.until(() => ann.state.name === "online");
  expect(asked).toBe(2);
  server.cutAll(4401);
  await settle();
  await clock.until(() => ann.state.name === "stopped");
  expect(ann.state).toEqual({ name: "stopped", reason: "unauthenticated" });
});

test("[AUTH-6] a fresh token goes up before the old one ends", async () => {
  const { clock, server } = world();
  const ann = person(clock, server, "ann", { getToken: () => tokenOf("ann", clock.now + 600_000) });
  await ann.connect();
  await clock.advance(530_000);
  expect(server.commands.filter((command) => command.type === "reauth")).toEqual([]);
  await clock.advance(20_000);
  const reauth = server.commands.find((command) => command.type === "reauth");
  expect(reauth?.token).toBe(tokenOf("ann", clock.now - 10_000 + 600_000));
});

test("[CLOSE-3] stops when the server says not to come back, until told to connect", async () => {
  const { clock, server } = world();
  const ann = person(clock, server, "ann");
  await ann.connect();
  server.cutAll(4502);
  await clock.advance(600_000);
  expect(ann.state).toEqual({ name: "stopped", reason: "replaced" });
  await ann.connect();
  expect(ann.state.name).toBe("online");
});

test("connect() while it waits tries at once", async () => {
  const { clock, server } = world();
  const ann = person(clock, server, "ann", { random: () => 0.999 });
  server.faults.upgrade = () => false;
  const online = ann.connect();
  await clock.advance(60_000);
  expect(ann.state.name).toBe("offline");
  server.faults.upgrade = () => true;
  void ann.connect();
  await online;
  expect(ann.state.name).toBe("online");
});

test("close() keeps it closed, and what waits for online hears of it", async () => {
  const { clock, server } = world();
  const ann = person(clock, server, "ann");
  server.faults.upgrade = () => false;
  const online = ann.connect();
  await settle();
  await ann.close();
  await expect(online).rejects.toBeInstanceOf(ParleyError);
  await clock.advance(600_000);
  expect(ann.state).toEqual({ name: "stopped", reason: "closed" });
});

test("[CMD-6] [CMD-7] what is on the screen and whether the app is in use is told again on a new connection", async () => {
  const { clock, server } = world();
  server.conversation("c1", "direct", ["ann", "ben"]);
  const ann = person(clock, server, "ann");
  await ann.connect();
  await ann.open("c1");
  ann.setActive(false);
  await settle();
  server.cutAll();
  await settle();
  server.commands.length = 0;
  await clock.until(() => ann.state.name === "online");
  await settle();
  expect(server.commands).toEqual(
    expect.arrayContaining([
      { type: "open", conversation_id: "c1" },
      { type: "state", active: false },
    ]),
  );
});

test("[CLOSE-1] a server that restarts is not asked why: it said so, and everybody comes back soon", async () => {
  const { clock, server } = world();
  const ann = person(clock, server, "ann");
  await ann.connect();
  server.faults.down = (event, socket) => {
    if (event.type !== "welcome") return "pass";
    server.cut(socket, 1012);
    return "hide";
  };
  server.cutAll(1012);
  await clock.advance(300);
  delete server.faults.down;
  await clock.until(() => ann.state.name === "online", 3000);
  expect(server.requests.filter((one) => one.path === "/conversations")).toEqual([]);
});

/** Ann, and each socket that she opens, the first of them first. */
const watched = ({ clock, server }: ReturnType<typeof world>) => {
  const dials: { readonly socket: WebSocket; readonly query: URLSearchParams }[] = [];
  class Socket extends server.WebSocket {
    constructor(address: string | URL, protocols?: string | string[]) {
      super(address, protocols);
      dials.push({ socket: this, query: new URL(address).searchParams });
    }
  }
  const environment = environmentOf(clock, { WebSocket: Socket, fetch: restOf(server, "ann") });
  const getToken = () => tokenOf("ann", clock.now + 86_400_000);
  return { dials, ann: clientIn({ url: "http://double.test", getToken }, environment) };
};

test("[ID-2] a device has one id from its first attempt on", async () => {
  const { clock, server } = world();
  const { dials, ann } = watched({ clock, server });
  server.faults.upgrade = () => dials.length > 3;
  void ann.connect();
  await clock.until(() => ann.state.name === "online");
  expect(dials.length).toBeGreaterThan(3);
  expect(new Set(dials.map(({ query }) => query.get("device_id")))).toEqual(new Set([ann.deviceId]));
});

test("[CONN-5] attempts are numbered by the clock, and rise where it stands still or goes back", async () => {
  const { clock, server } = world();
  const { dials, ann } = watched({ clock, server });
  const began = clock.now;
  for (const passed of [0, 0, -5000, 60_000]) {
    clock.now += passed;
    await ann.connect();
    await ann.close();
  }
  expect(dials.map(({ query }) => query.get("attempt"))).toEqual(
    [began, began + 1, began + 2, began + 55_000].map(String),
  );
});

test("[CONN-5] an attempt that was given up is closed, and nothing that comes of it later matters", async () => {
  const { clock, server } = world();
  const { dials, ann } = watched({ clock, server });
  server.faults.down = (event) => (event.type === "welcome" && dials.length === 1 ? "hide" : "pass");
  void ann.connect();
  await clock.until(() => dials.length === 2);
  await clock.until(() => ann.state.name === "online");
  const [first, second] = dials;
  expect([...server.sockets]).toEqual([second?.socket]);
  const events: unknown[] = [];
  ann.on("state", (state) => events.push(state));
  ann.on("conversations", () => events.push("conversations"));
  const conversation = server.conversation("c1", "direct", ["ann", "ben"]).row("ann");
  const data = JSON.stringify({ type: "conversation", conversation });
  first?.socket.dispatchEvent(new MessageEvent("message", { data }));
  first?.socket.dispatchEvent(Object.assign(new Event("close"), { code: 4502, reason: "" }));
  await clock.advance(60_000);
  expect(events).toEqual([]);
  expect([ann.state.name, dials.length]).toEqual(["online", 2]);
});

test("[CLOSE-4] a network that is back is used soon; one told to wait waits", async () => {
  const { clock, server } = world();
  const dials: number[] = [];
  let network: (up: boolean) => void = () => undefined;
  const plain = environmentOf(clock, { WebSocket: server.WebSocket, fetch: restOf(server, "ann") });
  const onNetwork = (handler: (up: boolean) => void) => {
    network = handler;
    return () => undefined;
  };
  const getToken = () => {
    dials.push(clock.now);
    return tokenOf("ann", clock.now + 86_400_000);
  };
  const ann = clientIn({ url: "http://double.test", getToken }, { ...plain, onNetwork });
  await ann.connect();
  server.faults.upgrade = () => false;
  network(false);
  await clock.until(() => ann.state.name === "offline" && ann.state.retryAt > clock.now + 5000);
  delete server.faults.upgrade;
  const up = clock.now;
  network(true);
  await clock.until(() => ann.state.name === "online");
  expect(dials.at(-1)).toBe(up + 500);
  server.cutAll(4429, "20000");
  await settle();
  const told = clock.now;
  network(true);
  await clock.until(() => ann.state.name === "online");
  expect((dials.at(-1) ?? 0) - told).toBeGreaterThanOrEqual(20_000);
});
