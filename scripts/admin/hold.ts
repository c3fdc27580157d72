import { newActId } from "../../client/src/admin/index.ts";
import { EXIT, UsageError } from "./command.ts";
import type { Command } from "./command.ts";

const addHold: Command = {
  name: "hold add",
  takes: "--conversation ID | --user ID --reason TEXT [--id UUID]",
  does: "a legal hold: what is deleted, edited or due from now on is kept, for operators only",
  options: {
    conversation: { type: "string" },
    user: { type: "string" },
    reason: { type: "string" },
    id: { type: "string" },
  },
  async run(args, { admin, out }) {
    args.words();
    const conversation_id = args.text("conversation");
    const user_id = args.text("user");
    if ((conversation_id === undefined) === (user_id === undefined)) {
      throw new UsageError("a hold is on --conversation or on --user");
    }
    const body = {
      hold_id: args.text("id") ?? newActId(),
      conversation_id,
      user_id,
      reason: args.required("reason"),
    };
    const hold = await admin.call("adminPlaceHold", { body });
    out.record(hold, `Hold ${hold.hold_id} stands on ${conversation_id ?? `everything of ${String(user_id)}`}.`);
    return EXIT.done;
  },
};

const listHolds: Command = {
  name: "hold list",
  takes: "",
  does: "the legal holds that stand",
  async run(args, { admin, out }) {
    args.words();
    const holds = await Array.fromAsync(admin.list("adminHolds"));
    const columns = ["hold_id", "conversation_id", "user_id", "placed_at", "placed_by", "reason"];
    out.table(holds, columns, "There are no holds.");
    return EXIT.done;
  },
};

const releaseHold: Command = {
  name: "hold release",
  takes: "HOLD --reason TEXT",
  does: "release a hold: what was kept for it alone goes",
  options: { reason: { type: "string" } },
  async run(args, { admin, out }) {
    const [id] = args.words("HOLD");
    await admin.call("adminReleaseHold", { params: { id }, query: { reason: args.required("reason") } });
    out.record({ hold_id: id, released: true }, `Hold ${id} is released.`);
    return EXIT.done;
  },
};

const listHeld: Command = {
  name: "held",
  takes: "CONVERSATION",
  does: "what is kept of a conversation for a hold: messages as they were before they went",
  async run(args, { admin, out }) {
    const [id] = args.words("CONVERSATION");
    const held = await Array.fromAsync(admin.list("adminHeld", { id }));
    const columns = ["seq", "message_id", "timestamp", "sender_id", "why", "removed_at", "removed_by", "content"];
    out.table(held, columns, "Nothing is kept.");
    return EXIT.done;
  },
};

export const holdCommands = [addHold, listHolds, releaseHold, listHeld];
