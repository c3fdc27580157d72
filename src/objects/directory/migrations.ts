import initial from "../../../migrations/directory/0001-initial.sql";
import type { Migration } from "../../core/migrations.ts";

export const DIRECTORY_MIGRATIONS: readonly Migration[] = [{ name: "0001-initial", statements: initial }];
