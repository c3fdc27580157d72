import { writeFile } from "node:fs/promises";
import { canonicalJson, newActId } from "../../client/src/admin/index.ts";
import { CommandError, EXIT } from "./command.ts";
import type { Command } from "./command.ts";
import { mayDo } from "./confirm.ts";
import { untilOver } from "./wait.ts";

const eraseUser: Command = {
  name: "erase",
  takes: "USER --reason TEXT [--out FILE] [--id UUID] [--yes]",
  does: "erase a person, and print the certificate: what was removed where, what remains and why",
  options: {
    reason: { type: "string" },
    out: { type: "string" },
    id: { type: "string" },
    yes: { type: "boolean" },
  },
  async run(args, tools) {
    const [user] = args.words("USER");
    const reason = args.required("reason");
    const file = args.text("out");
    const erasure_id = args.text("id") ?? newActId();
    await mayDo(args, tools, `erase ${user} for good`, user);
    const { admin, out } = tools;
    await admin.call("adminErase", { params: { id: user }, body: { erasure_id, reason } });
    out.note(`Erasure ${erasure_id} is under way; show erasure tells of it later.`);
    const ask = () => admin.call("adminGetErasure", { params: { id: erasure_id } });
    const { status, certificate } = await untilOver(tools, "erasing", ask);
    if (certificate === undefined)
      throw new CommandError(`erasure ${erasure_id} ended without a certificate: ${status}`);
    if (file !== undefined) await writeFile(file, `${canonicalJson(certificate)}\n`, { mode: 0o600 });
    out.record(certificate);
    return EXIT.done;
  },
};

const showErasure: Command = {
  name: "show erasure",
  takes: "ERASURE",
  does: "how far an erasure has come, and its certificate",
  async run(args, { admin, out }) {
    const [id] = args.words("ERASURE");
    out.record(await admin.call("adminGetErasure", { params: { id } }));
    return EXIT.done;
  },
};

export const eraseCommands = [eraseUser, showErasure];
