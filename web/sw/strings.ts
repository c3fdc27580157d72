const lines = (...parts: readonly (string | undefined)[]): string =>
  parts.filter((part) => part !== undefined && part !== "").join("\n");

/** What notifications say: part of the app's catalogue, in a file that the service worker has room for. */
export const pushStrings = {
  app: "Parley",
  newMessages: (count: number) => (count === 1 ? "New message" : `${count} new messages`),
  mentioned: (who: string) => `${who} mentioned you`,
  mentionedSomehow: "You were mentioned",
  said: (who: string, text: string) => `${who}: ${text}`,
  lines,
  /** Something came of which nothing may be told here, or that this version does not understand. */
  something: "There is something new.",
  test: "Notifications reach this device.",
} as const;
