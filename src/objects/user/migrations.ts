import initial from "../../../migrations/user/0001-initial.sql";
import type { Migration } from "../../core/migrations.ts";

export const USER_MIGRATIONS: readonly Migration[] = [{ name: "0001-initial", statements: initial }];
