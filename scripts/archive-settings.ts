import { readArchiveUrl } from "../src/platform/archive/archive-url.ts";
import type { Environment } from "./settings.ts";

/** The settings of the archive, as the worker reads them. */
export interface ArchiveSettings {
  /** Connection strings, by the names of their settings. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Whether one of them names a database on this machine. */
  readonly onThisMachine: boolean;
}

interface Problem {
  readonly setting: string;
  readonly reason: string;
}

const URL_SETTING = /^ARCHIVE_URL(?:_([A-Z0-9]{1,16}))?$/;

/**
 * The settings of the archive that `env` describes, or the first one that cannot be used.
 * @param regions those that there are, where that is known
 */
export const archiveSettingsOf = (
  env: Environment,
  regions?: readonly string[],
): ArchiveSettings | { readonly problem: Problem } => {
  const secrets: Record<string, string> = {};
  let onThisMachine = false;
  for (const [setting, value] of Object.entries(env)) {
    const match = URL_SETTING.exec(setting);
    const text = value?.trim();
    if (!match || !text) continue;
    const region = match[1]?.toLowerCase();
    if (region !== undefined && regions?.includes(region) === false) {
      return { problem: { setting, reason: "it is about no region that this server has" } };
    }
    const url = readArchiveUrl(text);
    if ("problem" in url) return { problem: { setting, reason: url.problem } };
    secrets[setting] = text;
    onThisMachine ||= url.onThisMachine;
  }
  return { secrets, onThisMachine };
};
