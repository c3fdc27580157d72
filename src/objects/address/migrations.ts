import initial from "../../../migrations/address/0001-initial.sql";
import type { Migration } from "../../core/migrations.ts";

export const ADDRESS_MIGRATIONS: readonly Migration[] = [{ name: "0001-initial", statements: initial }];
