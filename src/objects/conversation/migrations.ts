import initial from "../../../migrations/conversation/0001-initial.sql";
import groups from "../../../migrations/conversation/0002-groups.sql";
import blocks from "../../../migrations/conversation/0003-blocks.sql";
import wants from "../../../migrations/conversation/0004-wants.sql";
import generations from "../../../migrations/conversation/0005-generations.sql";
import duties from "../../../migrations/conversation/0007-duties.sql";
import imports from "../../../migrations/conversation/0008-import.sql";
import erasure from "../../../migrations/conversation/0009-erasure.sql";
import restored from "../../../migrations/conversation/0012-restored.sql";
import type { Migration } from "../../core/migrations.ts";

export const CONVERSATION_MIGRATIONS: readonly Migration[] = [
  { name: "0001-initial", statements: initial },
  { name: "0002-groups", statements: groups },
  { name: "0003-blocks", statements: blocks },
  { name: "0004-wants", statements: wants },
  { name: "0005-generations", statements: generations },
  { name: "0007-duties", statements: duties },
  { name: "0008-import", statements: imports },
  { name: "0009-erasure", statements: erasure },
  { name: "0012-restored", statements: restored },
];
