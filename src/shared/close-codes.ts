/** Close codes of the contract (docs/protocol.md §5), by what a client should do. */
export const CLOSE = {
  normal: 1000,
  badFrames: 1008,
  tooLarge: 1009,
  restart: 1012,
  silent: 4400,
  tokenExpired: 4401,
  slow: 4408,
  tooFast: 4429,
  deviceRemoved: 4501,
  replaced: 4502,
  originRefused: 4503,
  versionUnsupported: 4504,
  suspended: 4505,
} as const;
