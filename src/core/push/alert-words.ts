import type { PushNote } from "../../shared/protocol/http-push.ts";

/** What a system shows that shows notifications by itself. Its own words are the app's: keys, in its user's language. */
export interface AlertWords {
  readonly sender?: string;
  readonly conversation?: string;
  readonly body:
    | { readonly text: string }
    | {
        readonly key: "parley_message" | "parley_messages" | "parley_mention" | "parley_test";
        readonly args?: readonly string[];
      };
}

const bodyOf = ({ type, preview, count = 1 }: PushNote): AlertWords["body"] => {
  if (type === "test") return { key: "parley_test" };
  if (preview !== undefined && preview !== "") return { text: preview };
  if (type === "mention") return { key: "parley_mention" };
  return count > 1 ? { key: "parley_messages", args: [String(count)] } : { key: "parley_message" };
};

/** [PUSH-14] Nothing of a `read`: it is shown nowhere. */
export const wordsOf = (note: PushNote): AlertWords | undefined =>
  note.type === "read"
    ? undefined
    : {
        ...(note.sender_name === undefined ? {} : { sender: note.sender_name }),
        ...(note.conversation_name === undefined ? {} : { conversation: note.conversation_name }),
        body: bodyOf(note),
      };
