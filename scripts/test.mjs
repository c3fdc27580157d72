// `npm test`: everything from a fresh clone to the sums of all tests. Further arguments go to vitest.
import { ensureInstalled, runScript } from "./install.mjs";

ensureInstalled();
runScript("run-tests.ts", process.argv.slice(2));
