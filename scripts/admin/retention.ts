import { EXIT, UsageError } from "./command.ts";
import type { Arguments, Command, Options } from "./command.ts";

const TYPES = ["direct", "group", "channel"] as const;
const OF: Options = { conversation: { type: "string" }, type: { type: "string" }, region: { type: "string" } };

interface Aim {
  readonly type?: (typeof TYPES)[number] | undefined;
  readonly region?: string | undefined;
}

const aimOf = (args: Arguments): Aim => ({ type: args.oneOf("type", TYPES), region: args.text("region") });

/** One conversation, if that is what is meant. */
const conversationOf = (args: Arguments): string | undefined => {
  const id = args.text("conversation");
  const { type, region } = aimOf(args);
  if (id !== undefined && (type ?? region) !== undefined) {
    throw new UsageError("a conversation has a type and a region already: --conversation stands alone");
  }
  return id;
};

const wordsOf = ({ type, region }: Aim): string =>
  `${type === undefined ? "all conversations" : `${type} conversations`}${region === undefined ? "" : ` in ${region}`}`;

const listPolicies: Command = {
  name: "retention list",
  takes: "",
  does: "for how long messages are kept, by kind and region; what is not named stands for all",
  async run(args, { admin, out }) {
    args.words();
    const { policies } = await admin.call("adminPolicies", {});
    out.table(policies, ["type", "region", "days", "set_at", "set_by", "reason"], "Messages are kept for ever.");
    return EXIT.done;
  },
};

const setPolicy: Command = {
  name: "retention set",
  takes: "--days N [--type direct|group|channel] [--region REGION] | [--conversation ID] --reason TEXT",
  does: "remove messages that are older than so many days",
  options: { ...OF, days: { type: "string" }, reason: { type: "string" } },
  async run(args, { admin, out }) {
    args.words();
    const days = args.number("days");
    if (days === undefined || days < 1) throw new UsageError("--days takes a whole number from 1 on");
    const reason = args.required("reason");
    const id = conversationOf(args);
    const aim = aimOf(args);
    if (id === undefined) await admin.call("adminSetPolicy", { body: { ...aim, days, reason } });
    else await admin.call("adminSetRetention", { params: { id }, body: { days, reason } });
    const what = id ?? wordsOf(aim);
    const set = id === undefined ? { ...aim, days } : { conversation_id: id, days };
    out.record(set, `Messages of ${what} are kept for ${String(days)} days.`);
    return EXIT.done;
  },
};

const clearPolicy: Command = {
  name: "retention clear",
  takes: "[--type direct|group|channel] [--region REGION] | [--conversation ID] --reason TEXT",
  does: "take a policy away, or what was set for one conversation",
  options: { ...OF, reason: { type: "string" } },
  async run(args, { admin, out }) {
    args.words();
    const reason = args.required("reason");
    const id = conversationOf(args);
    const aim = aimOf(args);
    if (id === undefined) await admin.call("adminSetPolicy", { body: { ...aim, days: null, reason } });
    else await admin.call("adminClearRetention", { params: { id }, query: { reason } });
    out.record(
      id === undefined ? { ...aim, days: null } : { conversation_id: id, days: null },
      id === undefined ? `No policy for ${wordsOf(aim)}.` : `The policies count again in ${id}.`,
    );
    return EXIT.done;
  },
};

export const retentionCommands = [listPolicies, setPolicy, clearPolicy];
