import type { Config } from "drizzle-kit";

/** `npm run archive:generate`: a migration out of what changed in the schema. */
export default {
  dialect: "mysql",
  schema: "./src/platform/archive/mysql-schema.ts",
  out: "./migrations/archive-mysql",
} satisfies Config;
