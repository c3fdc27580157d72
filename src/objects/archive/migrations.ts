import entries from "../../../migrations/archive-sqlite/0001-entries.sql";
import segments from "../../../migrations/archive-sqlite/0002-segments.sql";
import type { Migration } from "../../core/migrations.ts";

export const ARCHIVE_MIGRATIONS: readonly Migration[] = [
  { name: "0001-entries", statements: entries },
  { name: "0002-segments", statements: segments },
];
