import { gzipSync } from "node:zlib";
import { bundle } from "./bundle.ts";

/** `npm run size -w client`: what the SDK weighs in an app, in bytes, minified and with all it needs. */
const code = await bundle({ minify: true, write: false });
process.stdout.write(`@parley/client ${code.length} bytes, ${gzipSync(code, { level: 9 }).length} gzip\n`);
