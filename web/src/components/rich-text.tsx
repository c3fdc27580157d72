import type { JSX } from "preact";
import type { NameOf } from "../text/previews.ts";
import { isEmojiOnly, tokenize, type Token } from "../text/tokens.ts";

const piece = (token: Token, index: number, { userId, nameOf }: RichTextProps): JSX.Element | string => {
  if (token.kind === "link") {
    return (
      <a key={index} href={token.href} target="_blank" rel="noopener noreferrer">
        {token.text}
      </a>
    );
  }
  if (token.kind === "code") return <code key={index}>{token.text}</code>;
  if (token.kind === "block") {
    return (
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- long lines scroll, also by keyboard
      <pre key={index} tabIndex={0}>
        {token.text}
      </pre>
    );
  }
  if (token.kind === "mention") {
    const mine = token.id === userId || token.id === "@all";
    return (
      <span key={index} class={mine ? "mention mention-me" : "mention"}>
        {token.id === "@all" ? token.text : `@${nameOf(token.id)}`}
      </span>
    );
  }
  return token.text;
};

export interface RichTextProps {
  readonly text: string;
  /** Whom the text names. */
  readonly mentions?: readonly string[] | undefined;
  readonly userId?: string | undefined;
  readonly nameOf: NameOf;
}

/** What somebody wrote: text nodes and links made here, never markup of theirs. */
export const RichText = (props: RichTextProps): JSX.Element => (
  <span class={isEmojiOnly(props.text) ? "text text-emoji" : "text"} dir="auto">
    {tokenize(props.text, props.mentions).map((token, index) => piece(token, index, props))}
  </span>
);
