import { createRequire } from "node:module";
import path from "node:path";

const PACKAGES: Readonly<Record<string, string>> = {
  "linux x64": "@cloudflare/workerd-linux-64",
  "linux arm64": "@cloudflare/workerd-linux-arm64",
  "darwin x64": "@cloudflare/workerd-darwin-64",
  "darwin arm64": "@cloudflare/workerd-darwin-arm64",
};

/** The executable itself. The package's own `bin` is a script that starts it: its process id would not be workerd's. */
export const workerdBinary = (): string => {
  const name = PACKAGES[`${process.platform} ${process.arch}`];
  if (name === undefined)
    throw new Error(`unable to run workerd; it has no build for ${process.platform} ${process.arch}`);
  // The platform's package is a dependency of workerd's, which need not be hoisted to the top.
  const fromWorkerd = createRequire(createRequire(import.meta.url).resolve("workerd/package.json"));
  return path.join(path.dirname(fromWorkerd.resolve(`${name}/package.json`)), "bin", "workerd");
};
