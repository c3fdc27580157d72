/** Full jitter: anywhere between nothing and the bound, so that many clients do not come back at once. */
export const fullJitterMs = (attempt: number, random: number, baseMs: number, capMs: number): number =>
  Math.round(random * Math.min(capMs, baseMs * 2 ** Math.min(attempt, 20)));

/** A wait that the server asked for: never shorter, and spread a little beyond. */
export const afterRequestedMs = (requestedMs: number, random: number): number =>
  Math.round(requestedMs + random * Math.min(Math.max(requestedMs, 100), 1000));
