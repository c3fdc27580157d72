import { auditCommands } from "./audit.ts";
import type { Command } from "./command.ts";
import { deadLetterCommands } from "./dead-letters.ts";
import { eraseCommands } from "./erase.ts";
import { exportCommands } from "./export.ts";
import { importCommands } from "./import.ts";
import { holdCommands } from "./hold.ts";
import { retentionCommands } from "./retention.ts";
import { showCommands } from "./show.ts";
import { takedownCommands } from "./takedown.ts";

/** Everything that `npm run admin --` can do, in the order in which it is shown. */
export const COMMANDS: readonly Command[] = [
  ...showCommands,
  ...takedownCommands,
  ...holdCommands,
  ...retentionCommands,
  ...exportCommands,
  ...eraseCommands,
  ...importCommands,
  ...deadLetterCommands,
  ...auditCommands,
];
