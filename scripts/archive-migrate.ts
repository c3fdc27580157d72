import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { migrateArchive } from "./archive-migrations.ts";
import { archiveSettingsOf } from "./archive-settings.ts";

const ROOT = path.resolve(import.meta.dirname, "..");

/** Databases of D1 that the production of wrangler.toml binds as archives. */
const d1Bindings = (): string[] =>
  readFileSync(path.join(ROOT, "wrangler.toml"), "utf8")
    .split("[[env.production.d1_databases]]\n")
    .slice(1)
    .flatMap((block) => /^binding = "(ARCHIVE_DB(?:_[A-Z0-9]+)?)"/m.exec(block)?.[1] ?? []);

const migrateD1 = (binding: string): void => {
  const args = ["d1", "migrations", "apply", binding, "--env", "production", "--remote"];
  const { status } = spawnSync("wrangler", args, { cwd: ROOT, stdio: "inherit" });
  if (status !== 0) throw new Error(`unable to migrate ${binding}; see above`);
};

/** `npm run archive:migrate`: brings up to date what ARCHIVE_URL and its like name, and with --deploy databases of D1. */
const main = async (args: readonly string[]): Promise<void> => {
  const archive = archiveSettingsOf(process.env);
  if ("problem" in archive) throw new Error(`bad setting ${archive.problem.setting}: ${archive.problem.reason}`);
  const bindings = args.includes("--deploy") ? d1Bindings() : [];
  for (const [setting, url] of Object.entries(archive.secrets)) {
    const applied = await migrateArchive(url);
    console.log(`${setting}: ${applied.length === 0 ? "up to date" : `applied ${applied.join(", ")}`}`);
  }
  for (const binding of bindings) migrateD1(binding);
  if (Object.keys(archive.secrets).length + bindings.length === 0) {
    console.log("Nothing to migrate: ARCHIVE_URL is not set, and no archive in D1 is bound.");
  }
};

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
