import type { ConversationType } from "../../../src/shared/protocol/fields.ts";
import { memoryStore } from "../../src/memory-store.ts";
import { FakeClock } from "./fake-clock.ts";
import { FakeServer } from "./fake-server.ts";
import { person } from "./person.ts";

/** A double with one conversation, `c1`, and Ann, who is connected to it. */
export const connectedWorld = async (type: ConversationType, members: readonly string[]) => {
  const clock = new FakeClock();
  const server = new FakeServer(clock);
  const log = server.conversation("c1", type, members);
  const store = memoryStore();
  const ann = person(clock, server, "ann", { store });
  await ann.connect();
  return { clock, server, log, store, ann };
};
