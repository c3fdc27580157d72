import initial from "../../../migrations/dead-letters/0001-initial.sql";
import type { Migration } from "../../core/migrations.ts";

export const DEAD_LETTERS_MIGRATIONS: readonly Migration[] = [{ name: "0001-initial", statements: initial }];
