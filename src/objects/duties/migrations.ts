import initial from "../../../migrations/duties/0001-initial.sql";
import type { Migration } from "../../core/migrations.ts";

export const DUTIES_MIGRATIONS: readonly Migration[] = [{ name: "0001-initial", statements: initial }];
