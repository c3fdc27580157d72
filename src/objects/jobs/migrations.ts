import imports from "../../../migrations/jobs/0001-imports.sql";
import exports from "../../../migrations/jobs/0002-exports.sql";
import erasures from "../../../migrations/jobs/0003-erasures.sql";
import type { Migration } from "../../core/migrations.ts";

export const JOBS_MIGRATIONS: readonly Migration[] = [
  { name: "0001-imports", statements: imports },
  { name: "0002-exports", statements: exports },
  { name: "0003-erasures", statements: erasures },
];
