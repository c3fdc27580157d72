import path from "node:path";
import { build } from "esbuild";
import type { BuildOptions } from "esbuild";

const source = (file: string): string => path.resolve(import.meta.dirname, "../src", file);

/** What apps import: each with all that it needs, or (built together) what they share beside them. */
export const ENTRIES = {
  index: source("index.ts"),
  tabs: source("tabs/index.ts"),
  react: source("react/index.ts"),
  search: source("search/index.ts"),
  admin: source("admin/index.ts"),
  node: source("node/index.ts"),
} as const;

/** The SDK as ES modules for browsers and Node. Gives the bytes of the first when they are not written. */
export const bundle = async (options: BuildOptions): Promise<Uint8Array> => {
  const { outputFiles } = await build({
    entryPoints: [ENTRIES.index],
    bundle: true,
    format: "esm",
    target: "es2023",
    platform: "neutral",
    mainFields: ["module", "main"],
    // The app brings the one, Node has the others.
    external: ["react", "node:*"],
    logLevel: "warning",
    ...options,
  });
  return outputFiles?.[0]?.contents ?? new Uint8Array();
};
