import initial from "../../../migrations/conversation/0001-initial.sql";
import type { Migration } from "../../core/migrations.ts";

export const CONVERSATION_MIGRATIONS: readonly Migration[] = [{ name: "0001-initial", statements: initial }];
