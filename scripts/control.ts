import { mkdtempSync, rmSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";

/** A path of a Unix socket has room in 104 bytes (macOS) or 108 (Linux), with the zero at its end. */
const PATH_BYTES = 103;

/**
 * Where a server listens for its supervisor: in its run directory, or, where that path is too long, in a directory of
 * its own. Nobody else may enter either.
 */
export const controlSocketIn = (runDir: string): string => {
  const usual = path.join(runDir, "control.sock");
  const file =
    Buffer.byteLength(usual) <= PATH_BYTES
      ? usual
      : path.join(mkdtempSync(path.join(tmpdir(), "parley-run-")), "control.sock");
  // A server that was killed leaves it behind.
  rmSync(file, { force: true });
  return file;
};

/** Takes away what a server that is gone has left of it. */
export const removeControlSocket = (file: string, runDir: string): void => {
  rmSync(path.dirname(file) === runDir ? file : path.dirname(file), { recursive: true, force: true });
};

/** Has a server close every connection with 1012. Says whether it did, within that time. */
export const takeLeave = (socketPath: string, withinMs: number): Promise<boolean> =>
  new Promise((resolve) => {
    const asked = request({ socketPath, path: "/leave", method: "POST", signal: AbortSignal.timeout(withinMs) });
    asked.once("response", (answer) => {
      answer.resume();
      resolve(answer.statusCode === 204);
    });
    // It hangs, or is gone already: then it is ended without.
    asked.once("error", () => resolve(false));
    asked.end();
  });
