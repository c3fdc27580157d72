import path from "node:path";
import { build } from "esbuild";
import type { BuildOptions } from "esbuild";

/** The SDK as one ES module for browsers and Node. Gives its bytes when there is no `outfile`. */
export const bundle = async (options: BuildOptions): Promise<Uint8Array> => {
  const { outputFiles } = await build({
    entryPoints: [path.resolve(import.meta.dirname, "../src/index.ts")],
    bundle: true,
    format: "esm",
    target: "es2023",
    platform: "neutral",
    mainFields: ["module", "main"],
    logLevel: "warning",
    ...options,
  });
  return outputFiles?.[0]?.contents ?? new Uint8Array();
};
