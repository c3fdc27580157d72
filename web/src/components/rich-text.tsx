import type { JSX } from "preact";
import { isEmojiOnly, tokenize, type Token } from "../text/tokens.ts";

const piece = (token: Token, index: number): JSX.Element | string => {
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
  return token.text;
};

/** What somebody wrote: text nodes and links made here, never markup of theirs. */
export const RichText = ({ text }: { readonly text: string }): JSX.Element => (
  <span class={isEmojiOnly(text) ? "text text-emoji" : "text"} dir="auto">
    {tokenize(text).map(piece)}
  </span>
);
