import { EXIT, UsageError } from "./command.ts";
import type { Command } from "./command.ts";
import { mayDo } from "./confirm.ts";

const KINDS = ["webpush", "apns", "fcm"] as const;
type Kind = (typeof KINDS)[number];

const kindsOf = (word: string | undefined): readonly Kind[] => {
  if (word === undefined) return KINDS;
  const known = KINDS.filter((kind) => kind === word);
  if (known.length === 0) throw new UsageError(`"${word}" is not one of ${KINDS.join(", ")}`);
  return known;
};

const listLetters: Command = {
  name: "dead-letters list",
  takes: "[webpush|apns|fcm]",
  does: "notifications that were given up, newest first",
  async run(args, { admin, out }) {
    const letters = [];
    for (const kind of kindsOf(args.word()))
      letters.push(...(await Array.fromAsync(admin.list("adminDeadLetters", { kind }))));
    out.table(
      letters,
      ["failed_at", "kind", "user_id", "device_id", "type", "attempts", "reason", "id"],
      "No dead letters.",
    );
    return EXIT.done;
  },
};

const replayLetters: Command = {
  name: "dead-letters replay",
  takes: "webpush|apns|fcm [--id ID]…",
  does: "try those named again, or all",
  options: { id: { type: "string", multiple: true } },
  async run(args, { admin, out }) {
    const [kind] = kindsOf(args.words("KIND")[0]) as [Kind];
    const ids = args.texts("id");
    let replayed = 0;
    for (;;) {
      const body = ids.length > 0 ? { ids: [...ids] } : {};
      const answer = await admin.call("adminReplayDeadLetters", { params: { kind }, body });
      replayed += answer.replayed;
      out.progress(`${String(replayed)} replayed, ${String(answer.remaining)} left`);
      // What could not be replayed stays where it is: asked for again at once, it would be the same.
      if (ids.length > 0 || answer.remaining === 0 || answer.replayed === 0) {
        const said = `${String(replayed)} replayed, ${String(answer.remaining)} left.`;
        out.record({ replayed, remaining: answer.remaining }, said);
        return ids.length > 0 || answer.remaining === 0 ? EXIT.done : EXIT.failed;
      }
    }
  },
};

const dropLetters: Command = {
  name: "dead-letters drop",
  takes: "webpush|apns|fcm [--yes]",
  does: "forget them",
  options: { yes: { type: "boolean" } },
  async run(args, tools) {
    const [kind] = kindsOf(args.words("KIND")[0]) as [Kind];
    await mayDo(args, tools, `forget all dead letters of ${kind}`, "yes");
    await tools.admin.call("adminDropDeadLetters", { params: { kind } });
    tools.out.record({ kind, dropped: true }, `The dead letters of ${kind} are forgotten.`);
    return EXIT.done;
  },
};

export const deadLetterCommands = [listLetters, replayLetters, dropLetters];
