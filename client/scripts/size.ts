import { gzipSync } from "node:zlib";
import { bundle, ENTRIES } from "./bundle.ts";

/** `npm run size -w client`: what each entry of the SDK weighs in an app, in bytes, minified and with all it needs. */
for (const [name, entry] of Object.entries(ENTRIES)) {
  const code = await bundle({ entryPoints: [entry], minify: true, write: false });
  const gzip = gzipSync(code, { level: 9 }).length;
  process.stdout.write(`@parley/client ${name} ${code.length} bytes, ${gzip} gzip\n`);
}
