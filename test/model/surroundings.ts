import type { Horizon } from "../../src/core/conversation/rotation.ts";
import type { Random } from "../../src/core/ports.ts";
import type { MemoryArchive } from "../support/memory-archive.ts";
import type { VirtualTime } from "../unit/virtual-time.ts";
import type { ConversationHost } from "./conversation-host.ts";
import type { Life, Network } from "./network.ts";
import type { SliceHost } from "./slice-host.ts";
import type { UserHost } from "./user-host.ts";

/** What the objects of a world have in common. */
export interface Surroundings {
  readonly time: VirtualTime;
  readonly network: Network;
  readonly random: Random;
  /** What conversations keep at hand. */
  readonly horizon: Horizon;
  /** Where the rest goes; nowhere: it stays. */
  readonly archive: MemoryArchive | undefined;
  /** Nothing reaches it. */
  readonly archiveDown: boolean;
  /** Whoever calls objects over HTTP. It does not die. */
  readonly edge: Life;
  user(name: string): UserHost;
  conversation(id: string): ConversationHost;
  slice(name: string): SliceHost;
  /** An object threw: whatever the network loses, the rules do not. */
  fault(error: unknown): void;
}
