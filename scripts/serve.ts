import { ArchiveHistoryError } from "./archive-migrations.ts";
import { buildAll } from "./build.ts";
import { DataInUseError } from "./data-lock.ts";
import { startServer, StartError } from "./server.ts";
import type { RunningServer } from "./server.ts";
import { isLoopback, readSettings, SettingsError } from "./settings.ts";
import type { Settings } from "./settings.ts";

const EXIT_BAD_SETTING = 2;
/** Restarts after workerd ended by itself: the wait doubles up to the second figure; a good minute forgives all. */
const BACKOFF_FIRST_MS = 250;
const BACKOFF_MAX_MS = 10_000;
const RESTARTS_MAX = 10;
const GOOD_WHILE_MS = 60_000;

const say = (line: string): void => console.log(line);

const stopAsked = new Promise<string>((resolve) => {
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => resolve(signal));
  // Our own parent is gone without a word.
  process.on("disconnect", () => resolve("the starting process is gone"));
});

/** The message of an error that the operator can act on, or the whole story of one that nobody expected. */
const explain = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  const isPlain = [SettingsError, DataInUseError, StartError, ArchiveHistoryError].some(
    (known) => error instanceof known,
  );
  return isPlain ? error.message : (error.stack ?? error.message);
};

const start = ({ dataDir, port, host }: Settings): Promise<RunningServer> =>
  startServer({ dataDir, port, host, env: process.env, log: "inherit" });

const greet = (settings: Settings, server: RunningServer): void => {
  const shown = isLoopback(settings.host) ? `http://localhost:${server.port}` : server.url;
  say(`Parley is running. Open ${shown} (data in ${settings.dataDir}; Ctrl-C stops it)`);
  if (settings.authMode !== "dev") return;
  say("Development sign-in is on: anyone who reaches this address may sign in as anyone.");
};

/** Keeps a server running until a stop is asked for; resolves with the exit code. */
const supervise = async (settings: Settings): Promise<number> => {
  let server = await start(settings);
  greet(settings, server);
  // A port that was found free once is kept, so that clients find their way back.
  const fixed = { ...settings, port: server.port };
  let startedAt = Date.now();
  for (let restarts = 0; ; restarts++) {
    const event = await Promise.race([stopAsked, server.exited]);
    if (typeof event === "string") {
      say(`Stopping (${event}) …`);
      await server.stop();
      say("Stopped.");
      return 0;
    }
    if (Date.now() - startedAt > GOOD_WHILE_MS) restarts = 0;
    if (restarts >= RESTARTS_MAX) {
      console.error(`unable to keep the server running; workerd ended ${RESTARTS_MAX + 1} times in a row`);
      return 1;
    }
    const waitMs = Math.min(BACKOFF_FIRST_MS * 2 ** restarts, BACKOFF_MAX_MS);
    console.error(`workerd ended by itself (${event.signal ?? `code ${event.code}`}); again in ${waitMs} ms`);
    const stopped = await Promise.race([stopAsked, new Promise<false>((go) => setTimeout(() => go(false), waitMs))]);
    if (stopped !== false) return 0;
    startedAt = Date.now();
    server = await restart(fixed, server);
  }
};

/** A start that fails counts as a server that ended at once: the caller's backoff applies to it too. */
const restart = async (settings: Settings, ended: RunningServer): Promise<RunningServer> => {
  try {
    const server = await start(settings);
    say("Running again.");
    return server;
  } catch (error) {
    console.error(explain(error));
    return ended;
  }
};

const main = async (): Promise<number> => {
  try {
    const settings = readSettings(process.env);
    const built = await buildAll();
    if (built.length > 0) say(`Built ${built.join(" and ")}.`);
    return await supervise(settings);
  } catch (error) {
    console.error(explain(error));
    return error instanceof SettingsError || error instanceof DataInUseError ? EXIT_BAD_SETTING : 1;
  }
};

process.exit(await main());
