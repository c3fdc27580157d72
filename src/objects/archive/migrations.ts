import entries from "../../../migrations/archive-sqlite/0001-entries.sql";
import type { Migration } from "../../core/migrations.ts";

export const ARCHIVE_MIGRATIONS: readonly Migration[] = [{ name: "0001-entries", statements: entries }];
