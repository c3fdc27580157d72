import { EXIT } from "./command.ts";
import type { Command } from "./command.ts";

const showConversation: Command = {
  name: "show conversation",
  takes: "CONVERSATION",
  does: "its state, without content: members, archive, search, retention, holds, sizes",
  async run(args, { admin, out }) {
    const [id] = args.words("CONVERSATION");
    out.record(await admin.call("adminConversation", { params: { id } }));
    return EXIT.done;
  },
};

const showUser: Command = {
  name: "show user",
  takes: "USER",
  does: "the state of an account, without content",
  async run(args, { admin, out }) {
    const [id] = args.words("USER");
    out.record(await admin.call("adminUser", { params: { id } }));
    return EXIT.done;
  },
};

const showDelivery: Command = {
  name: "show delivery",
  takes: "CONVERSATION",
  does: "how far a conversation's deliveries have come, and whom they do not reach",
  async run(args, { admin, out }) {
    const [id] = args.words("CONVERSATION");
    out.record(await admin.call("adminDelivery", { params: { id } }));
    return EXIT.done;
  },
};

export const showCommands = [showConversation, showUser, showDelivery];
