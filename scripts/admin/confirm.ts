import { CommandError } from "./command.ts";
import type { Arguments, Tools } from "./command.ts";

/** Has somebody type a word before what cannot be undone, unless `--yes` was. */
export const mayDo = async (args: Arguments, { ask }: Tools, what: string, word: string): Promise<void> => {
  if (args.flag("yes")) return;
  const typed = await ask(`To ${what}, type ${word}: `);
  if (typed !== word) throw new CommandError(`not done: "${word}" was not typed (--yes does it without asking)`);
};
