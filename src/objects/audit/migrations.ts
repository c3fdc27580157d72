import initial from "../../../migrations/audit/0001-initial.sql";
import type { Migration } from "../../core/migrations.ts";

export const AUDIT_MIGRATIONS: readonly Migration[] = [{ name: "0001-initial", statements: initial }];
