import { Relay } from "./relay.ts";
import { readSettings, SettingsError } from "./settings.ts";

/** Runs until SIGTERM or SIGINT; a second one does not wait. */
try {
  const relay = await Relay.start(readSettings(process.env));
  let stopping = false;
  const stop = (): void => {
    if (stopping) process.exit(1);
    stopping = true;
    void relay.stop().then(() => process.exit(0));
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exit(error instanceof SettingsError ? 2 : 1);
}
