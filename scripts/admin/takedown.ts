import { EXIT } from "./command.ts";
import type { Command, Options } from "./command.ts";
import { mayDo } from "./confirm.ts";

const REASON: Options = { reason: { type: "string" } };

const takedown: Command = {
  name: "takedown",
  takes: "CONVERSATION MESSAGE --reason TEXT",
  does: "delete a message for everybody",
  options: REASON,
  async run(args, { admin, out }) {
    const [conversation_id, message_id] = args.words("CONVERSATION", "MESSAGE");
    await admin.call("adminTakedown", { body: { conversation_id, message_id, reason: args.required("reason") } });
    out.record({ conversation_id, message_id, taken_down: true }, `Message ${message_id} is taken down.`);
    return EXIT.done;
  },
};

const suspend: Command = {
  name: "suspend",
  takes: "USER --reason TEXT",
  does: "suspend an account: its tokens are refused, its devices are told to stay away",
  options: REASON,
  async run(args, { admin, out }) {
    const [id] = args.words("USER");
    await admin.call("adminSuspend", { params: { id }, body: { reason: args.required("reason") } });
    out.record({ user_id: id, suspended: true }, `${id} is suspended.`);
    return EXIT.done;
  },
};

const unsuspend: Command = {
  name: "unsuspend",
  takes: "USER --reason TEXT",
  does: "lift a suspension",
  options: REASON,
  async run(args, { admin, out }) {
    const [id] = args.words("USER");
    await admin.call("adminUnsuspend", { params: { id }, query: { reason: args.required("reason") } });
    out.record({ user_id: id, suspended: false }, `${id} may sign in again.`);
    return EXIT.done;
  },
};

const restore: Command = {
  name: "restore",
  takes: "CONVERSATION --at TIME --reason TEXT [--yes]",
  does: "a conversation as it was at a point in time; what was written since is lost",
  options: { ...REASON, at: { type: "string" }, yes: { type: "boolean" } },
  async run(args, tools) {
    const [id] = args.words("CONVERSATION");
    const at = args.time("at");
    const reason = args.required("reason");
    await mayDo(args, tools, `take the conversation back to ${at}`, id);
    const restored = await tools.admin.call("adminRestore", { params: { id }, body: { at, reason } });
    const { epoch, head_seq } = restored;
    tools.out.record(restored, `It is as it was at ${at}: head ${String(head_seq)}, epoch ${String(epoch)}.`);
    return EXIT.done;
  },
};

export const takedownCommands = [takedown, suspend, unsuspend, restore];
