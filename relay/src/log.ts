/** What is worth a line. Never a token, a secret, a path or a body. */
export type RelayEvent =
  | { readonly event: "relay_started"; readonly host: string; readonly port: number; readonly tls: boolean }
  | { readonly event: "relay_stopped" }
  | { readonly event: "session_opening"; readonly endpoint: string }
  | { readonly event: "session_ended"; readonly endpoint: string; readonly reason: string; readonly wasOpen: boolean }
  | { readonly event: "request_failed"; readonly outcome: string };

export type Log = (event: RelayEvent) => void;

export const logLine: Log = (event) => {
  process.stdout.write(`${JSON.stringify(event)}\n`);
};
