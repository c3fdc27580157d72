import { isBuiltin } from "node:module";
import type { Plugin } from "esbuild";

/**
 * workerd has Node's modules as ES modules only: where a package in CommonJS says `require("crypto")`, the bundle imports
 * `node:crypto` and hands it over. wrangler does the same.
 */
export const nodeBuiltins: Plugin = {
  name: "node-builtins",
  setup(build) {
    build.onResolve({ filter: /^[a-z_/:]+$/ }, ({ path, kind }) =>
      kind === "require-call" && isBuiltin(path)
        ? { path: path.replace(/^(?:node:)?/, "node:"), namespace: "node-builtins" }
        : undefined,
    );
    build.onLoad({ filter: /.*/, namespace: "node-builtins" }, ({ path }) => ({
      contents: `import builtin from "${path}";\nmodule.exports = builtin;`,
      loader: "js",
    }));
  },
};
