import type { JSX } from "preact";
import { useId, useLayoutEffect, useState } from "preact/hooks";
import { begunName, useMentionable } from "../state/mentions.ts";
import { usePane } from "../state/pane.ts";
import { touch } from "../state/touch.ts";
import { useWriting, type Writing } from "../state/writing.ts";
import { strings } from "../strings.ts";
import { EmojiPopover } from "./emoji-picker.tsx";
import { Icon, IconButton } from "./icons.tsx";
import { MentionPicker, optionId } from "./mention-picker.tsx";
import { SendLater } from "./send-later.tsx";
import { usePopover } from "./use-popover.ts";
import { EditBar, PreviewBar, ReplyBar } from "./writing-bars.tsx";

export interface ComposerProps {
  readonly label: string;
  readonly placeholder: string;
  readonly onSent: () => void;
  readonly testId?: string;
}

const MAX_LINES = 8;

/** As tall as its text, up to eight lines. */
const fit = (area: HTMLTextAreaElement): void => {
  area.style.height = "auto";
  const style = getComputedStyle(area);
  const padding = Number.parseFloat(style.paddingBlockStart) + Number.parseFloat(style.paddingBlockEnd);
  const most = Number.parseFloat(style.lineHeight) * MAX_LINES + padding;
  area.style.height = `${Math.min(area.scrollHeight, most)}px`;
  area.style.overflowY = area.scrollHeight > most ? "auto" : "hidden";
};

/** Enter sends where there are keys; on touch, where the key is for new lines, Shift+Enter does. */
const sends = (event: KeyboardEvent): boolean =>
  event.key === "Enter" && !event.isComposing && event.shiftKey === touch.matches;

interface Completion {
  readonly picker: string;
  readonly people: readonly string[];
  readonly chosen: number;
  pick(name: string): void;
  /** The caret moved. */
  caretAt(position: number): void;
  /** Whether the key was for the picker. */
  key(event: KeyboardEvent): boolean;
}

/** Completes a name that is begun with "@". */
const useCompletion = ({ text, area, change }: Writing): Completion => {
  const pane = usePane();
  const picker = useId();
  const [caret, setCaret] = useState(0);
  const [dismissed, setDismissed] = useState<number>();
  const [chosen, setChosen] = useState(0);
  const begun = pane.type === "direct" ? undefined : begunName(text, caret);
  const open = begun !== undefined && begun.from !== dismissed;
  const people = useMentionable(pane.id, open ? begun.name : undefined);
  useLayoutEffect(() => setChosen(0), [begun?.from, begun?.name]);
  // Put away once, it stays away for this "@"; the next one offers names again.
  const isBegun = begun !== undefined;
  useLayoutEffect(() => {
    if (!isBegun) setDismissed(undefined);
  }, [isBegun]);
  const pick = (name: string): void => {
    const field = area.current;
    if (field === null || begun === undefined) return;
    field.setRangeText(`${name.startsWith("@") ? name : `@${name}`} `, begun.from, caret, "end");
    setCaret(field.selectionEnd);
    change(field.value);
    field.focus();
  };
  const step = (by: number): void => setChosen((before) => (before + by + people.length) % people.length);
  return {
    picker,
    people,
    chosen,
    pick,
    caretAt: setCaret,
    key(event) {
      if (people.length === 0 || event.isComposing) return false;
      const name = people[chosen];
      if (event.key === "ArrowDown") step(1);
      else if (event.key === "ArrowUp") step(-1);
      else if (event.key === "Escape") setDismissed(begun?.from);
      else if ((event.key === "Enter" || event.key === "Tab") && name !== undefined) pick(name);
      else return false;
      return true;
    },
  };
};

const Field = (props: ComposerProps & { readonly writing: Writing }): JSX.Element => {
  const { writing, label, placeholder, testId = "composer" } = props;
  const { text, area, change } = writing;
  const completion = useCompletion(writing);
  const { people, picker } = completion;
  const open = people.length > 0;
  useLayoutEffect(() => {
    if (area.current !== null) fit(area.current);
  }, [text]);
  const pressed = (event: KeyboardEvent): void => {
    const empty = text === "" && event.key === "ArrowUp" && !event.shiftKey && !event.altKey;
    const done = completion.key(event) || (event.key === "Escape" && writing.stop()) || (empty && writing.editLast());
    if (done || sends(event)) {
      event.preventDefault();
      event.stopPropagation();
    }
    if (!done && sends(event)) writing.submit();
  };
  return (
    <div class="composer-field">
      {open && (
        <MentionPicker
          id={picker}
          people={people}
          chosen={completion.chosen}
          onPick={(name) => completion.pick(name)}
        />
      )}
      <textarea
        ref={area}
        class="composer-text"
        rows={1}
        dir="auto"
        value={text}
        placeholder={placeholder}
        aria-label={label}
        aria-autocomplete="list"
        aria-haspopup="listbox"
        aria-controls={open ? picker : undefined}
        aria-activedescendant={open ? optionId(picker, completion.chosen) : undefined}
        enterkeyhint={touch.matches ? "enter" : "send"}
        data-testid={testId}
        onInput={(event) => {
          change(event.currentTarget.value);
          completion.caretAt(event.currentTarget.selectionEnd);
        }}
        onKeyUp={(event) => completion.caretAt(event.currentTarget.selectionEnd)}
        onClick={(event) => completion.caretAt(event.currentTarget.selectionEnd)}
        onKeyDown={pressed}
      />
      <output class="sr">{open ? `${strings.message.mentionPicker}: ${people.length}` : ""}</output>
    </div>
  );
};

const EmojiButton = ({ onPick }: { readonly onPick: (emoji: string) => void }): JSX.Element => {
  const { place, open, close } = usePopover();
  return (
    <>
      <IconButton
        icon="smile"
        label={strings.message.emoji}
        testId="composer-emoji"
        class="composer-emoji"
        expanded={place !== undefined}
        onClick={open}
      />
      {place !== undefined && <EmojiPopover {...place} onPick={onPick} onClose={close} />}
    </>
  );
};

/** Where one writes: a message, a reply, or the edit of one. */
export const Composer = (props: ComposerProps): JSX.Element => {
  const writing = useWriting(props.onSent);
  const { composing, problem, ready, preview } = writing;
  const editing = composing.kind === "edit";
  const label = editing ? strings.message.save : strings.send;
  useLayoutEffect(() => {
    if (!touch.matches) writing.area.current?.focus({ preventScroll: true });
  }, []);
  return (
    <fieldset class="composer" aria-label={props.label} data-editing={editing ? "" : undefined}>
      {composing.kind === "edit" && <EditBar message={composing.message} onStop={() => writing.stop()} />}
      {composing.kind === "new" && composing.replyTo !== undefined && (
        <ReplyBar messageId={composing.replyTo} onStop={() => writing.stop()} />
      )}
      {preview !== undefined && <PreviewBar preview={preview} onDrop={() => writing.dropPreview()} />}
      {problem !== undefined && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      <EmojiButton onPick={(emoji) => writing.insert(emoji)} />
      <Field {...props} writing={writing} />
      {!editing && ready && <SendLater onTime={(at) => writing.schedule(at)} />}
      <button
        type="button"
        class={ready ? "send send-ready" : "send"}
        aria-label={label}
        aria-disabled={!ready}
        title={label}
        data-testid={props.testId === undefined ? "send" : `${props.testId}-send`}
        // The keyboard of a phone stays up: the text field keeps the focus.
        onPointerDown={(event) => event.preventDefault()}
        onClick={() => writing.submit()}
      >
        <Icon name={editing ? "tick" : "send"} />
      </button>
    </fieldset>
  );
};
