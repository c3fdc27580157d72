/** Every bound of the relay. Sizes in bytes, durations in milliseconds. */
export const LIMITS = {
  /** Twice what Apple takes: what is larger is refused before it is read. */
  bodyBytes: 8 * 1024,
  /** What is read of an answer of Apple's. */
  answerBytes: 4096,
  headerChars: 256,
  /** Connections to one endpoint, and requests that one of them has under way; fewer, if Apple says so. */
  sessions: 4,
  streamsPerSession: 500,
  /** Requests that wait for room, and how long one may take in all: less than the server's own patience. */
  waiting: 2000,
  requestMs: 8000,
  /** How often a request is made that Apple says it has not begun. */
  attempts: 3,
  connectMs: 5000,
  /** A connection is asked whether it is alive that often, and has so long to say so. */
  pingEveryMs: 60_000,
  pingMs: 5000,
  /** How long what is under way has to end when the relay is stopped. */
  drainMs: 9000,
  /** Connections of servers. */
  connections: 1000,
  secretChars: 32,
};
export type RelayLimits = Readonly<typeof LIMITS>;
