// `npm start`: everything from a fresh clone to a running server.
import { ensureInstalled, runScript } from "./install.mjs";

ensureInstalled();
runScript("serve.ts", process.argv.slice(2));
