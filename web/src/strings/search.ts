/** What the app says of searching. */
export const searchStrings = {
  label: "Search messages",
  placeholder: "Search",
  hint: "Words, “phrases”, from:name, has:link, before:2026-01-31",
  clear: "Clear the search",
  results: "Search results",
  conversations: "Conversations",
  messages: "Messages",
  looking: "Looking…",
  none: "Nothing found",
  noneLead: "Try fewer words, or the beginning of one.",
  found: (count: number, more: boolean) => {
    if (more) return `${count} messages found, and there are more`;
    return count === 1 ? "1 message found" : `${count} messages found`;
  },
  more: "Show more",
  offline: "The server is out of reach: this is what is kept on this device.",
  incomplete: (count: number) =>
    count === 1 ? "One conversation could not be searched." : `${count} conversations could not be searched.`,
  notUnderstood: "That cannot be searched for.",
};
