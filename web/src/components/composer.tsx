import type { JSX } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { useChat } from "../state/client-context.ts";
import { strings, wordsFor } from "../strings.ts";
import type { ConversationId } from "../types.ts";
import { Icon } from "./icons.tsx";

export interface ComposerProps {
  readonly conversationId: ConversationId;
  readonly title: string;
  readonly onSent: () => void;
}

const CONTENT_BYTES = 16 * 1024;
const MAX_LINES = 8;
const touch = matchMedia("(pointer: coarse)");
const encoder = new TextEncoder();

/** As tall as its text, up to eight lines. */
const fit = (area: HTMLTextAreaElement): void => {
  area.style.height = "auto";
  const style = getComputedStyle(area);
  const padding = Number.parseFloat(style.paddingBlockStart) + Number.parseFloat(style.paddingBlockEnd);
  const most = Number.parseFloat(style.lineHeight) * MAX_LINES + padding;
  area.style.height = `${Math.min(area.scrollHeight, most)}px`;
  area.style.overflowY = area.scrollHeight > most ? "auto" : "hidden";
};

const tooLong = (text: string): string | undefined => {
  // Every UTF-16 unit is three bytes at most: most texts need no counting.
  if (text.length * 3 <= CONTENT_BYTES) return undefined;
  const bytes = encoder.encode(text).length;
  return bytes > CONTENT_BYTES ? strings.tooLong((bytes / 1024).toFixed(1)) : undefined;
};

/** Enter sends where there are keys; on touch, where the key is for new lines, Shift+Enter does. */
const sends = (event: KeyboardEvent): boolean =>
  event.key === "Enter" && !event.isComposing && event.shiftKey === touch.matches;

interface Draft {
  readonly text: string;
  readonly problem: string | undefined;
  readonly area: { current: HTMLTextAreaElement | null };
  readonly change: (text: string) => void;
  readonly submit: () => void;
}

const useDraft = ({ conversationId, onSent }: ComposerProps): Draft => {
  const { client, drafts } = useChat();
  const [text, setText] = useState(() => drafts.get(conversationId));
  const [refused, setRefused] = useState<string>();
  const area = useRef<HTMLTextAreaElement>(null);
  useLayoutEffect(() => {
    if (area.current !== null) fit(area.current);
  }, [text]);
  useLayoutEffect(() => {
    if (!touch.matches) area.current?.focus({ preventScroll: true });
  }, []);
  const change = (next: string): void => {
    setText(next);
    setRefused(undefined);
    drafts.set(conversationId, next);
    if (next.trim() !== "") client.typing(conversationId);
  };
  const submit = (): void => {
    // The field itself: keys may have come since the last render.
    const content = (area.current?.value ?? text).trim();
    if (content === "" || tooLong(content) !== undefined) return;
    try {
      client.send(conversationId, content).sent.catch(() => {
        // The message itself shows that it failed, with a way to try again.
      });
    } catch (error) {
      setRefused(wordsFor(error));
      return;
    }
    setText("");
    setRefused(undefined);
    drafts.set(conversationId, "");
    onSent();
    area.current?.focus({ preventScroll: true });
  };
  return { text, problem: tooLong(text) ?? refused, area, change, submit };
};

export const Composer = (props: ComposerProps): JSX.Element => {
  const { text, problem, area, change, submit } = useDraft(props);
  const ready = text.trim() !== "" && problem === undefined;
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      {problem !== undefined && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      <textarea
        ref={area}
        class="composer-text"
        rows={1}
        dir="auto"
        value={text}
        placeholder={strings.composerPlaceholder}
        aria-label={strings.composerLabel(props.title)}
        enterkeyhint={touch.matches ? "enter" : "send"}
        data-testid="composer"
        onInput={(event) => change(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (!sends(event)) return;
          event.preventDefault();
          submit();
        }}
      />
      <button
        type="submit"
        class={ready ? "send send-ready" : "send"}
        aria-label={strings.send}
        aria-disabled={!ready}
        title={strings.send}
        data-testid="send"
        // The keyboard of a phone stays up: the text field keeps the focus.
        onPointerDown={(event) => event.preventDefault()}
      >
        <Icon name="send" />
      </button>
    </form>
  );
};
