import type { Founding } from "../../src/core/conversation/founding.ts";

/** Where a history is played: people with their devices, and the conversations that they begin with. */
export interface Stage {
  readonly people: Readonly<Record<string, number>>;
  readonly conversations: readonly Founding[];
  /** Those that are brought to those only who are present, however few their members are. */
  readonly large: readonly string[];
  /** Everybody is connected when it begins, and once more when all is told, for what goes on then without a cut. */
  readonly online: boolean;
  /** Conversations keep a handful of entries at hand: all else is in an archive that fails as the network does. */
  readonly archived?: boolean;
}

/** Five people on eight devices; those behind the third are not in it when it begins. */
const PEOPLE = { ann: 2, bob: 2, cem: 2, dag: 1, eve: 1 };

const group = (conversation_id: string, founder: string, members: readonly string[]): Founding => ({
  conversation_id,
  type: "group",
  region: "local",
  founder,
  members,
  name: conversation_id,
});
const five = group("five", "ann", ["bob", "cem"]);
const direct: Founding = {
  conversation_id: "ann-bob",
  type: "direct",
  region: "local",
  founder: "ann",
  members: ["bob"],
};

export const STAGES = {
  group: { people: PEOPLE, conversations: [five], large: [], online: false },
  "large group": { people: PEOPLE, conversations: [five], large: ["five"], online: false },
  channel: { people: PEOPLE, conversations: [{ ...five, type: "channel" }], large: ["five"], online: false },
  "person with eight devices": {
    people: { ann: 8, bob: 1, cem: 1 },
    conversations: [direct, group("three", "ann", ["bob", "cem"]), group("crowd", "bob", ["ann", "cem"])],
    large: ["crowd"],
    online: true,
  },
} as const satisfies Readonly<Record<string, Stage>>;

export type StageName = keyof typeof STAGES;
