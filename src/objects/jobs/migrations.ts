import imports from "../../../migrations/jobs/0001-imports.sql";
import type { Migration } from "../../core/migrations.ts";

export const JOBS_MIGRATIONS: readonly Migration[] = [{ name: "0001-imports", statements: imports }];
