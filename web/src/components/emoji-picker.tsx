import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { strings } from "../strings.ts";
import type { Near } from "../state/pane.ts";
import { EMOJI_GROUPS, findEmoji, type Emoji } from "../text/emoji.ts";
import { Popover } from "./popover.tsx";

const nameOf = ({ words }: Emoji): string => words.split(" ", 1)[0] ?? "";

/** Moves the focus in the grid by what lies beside and below on the screen. */
const move = (event: KeyboardEvent): void => {
  const { currentTarget: box, target } = event;
  if (!(box instanceof HTMLElement) || !(target instanceof HTMLElement)) return;
  const all = [...box.querySelectorAll<HTMLElement>(".emoji")];
  const at = all.indexOf(target);
  if (at === -1) {
    if (event.key !== "ArrowDown") return;
    event.preventDefault();
    all[0]?.focus();
    return;
  }
  const here = target.getBoundingClientRect();
  const inColumn = (other: HTMLElement): boolean => Math.abs(other.getBoundingClientRect().left - here.left) < 4;
  const forward = getComputedStyle(box).direction === "rtl" ? "ArrowLeft" : "ArrowRight";
  const beside = event.key === "ArrowLeft" || event.key === "ArrowRight";
  let next: HTMLElement | null | undefined;
  if (beside) next = all[at + (event.key === forward ? 1 : -1)];
  else if (event.key === "ArrowDown") next = all.slice(at + 1).find(inColumn);
  else if (event.key === "ArrowUp") next = all.slice(0, at).findLast(inColumn) ?? box.querySelector("input");
  else return;
  event.preventDefault();
  next?.focus();
};

const Grid = ({
  emoji,
  onPick,
}: {
  readonly emoji: readonly Emoji[];
  readonly onPick: (emoji: string) => void;
}): JSX.Element => (
  <div class="emoji-grid">
    {emoji.map((one) => (
      <button
        key={one.emoji}
        type="button"
        class="emoji"
        aria-label={`${one.emoji} ${nameOf(one)}`}
        title={nameOf(one)}
        data-testid="emoji"
        onClick={() => onPick(one.emoji)}
      >
        {one.emoji}
      </button>
    ))}
  </div>
);

/** Emoji by group, or those that a word finds. Enter takes the first one found. */
const EmojiPicker = ({ onPick }: { readonly onPick: (emoji: string) => void }): JSX.Element => {
  const [typed, setTyped] = useState("");
  const found = typed.trim() === "" ? undefined : findEmoji(typed);
  return (
    // oxlint-disable-next-line jsx-a11y/no-static-element-interactions -- arrows move among the buttons inside
    <div class="emoji-picker" onKeyDown={move}>
      <input
        type="search"
        class="emoji-search"
        value={typed}
        placeholder={strings.message.emojiSearch}
        aria-label={strings.message.emojiSearch}
        data-testid="emoji-search"
        onInput={(event) => setTyped(event.currentTarget.value)}
        onKeyDown={(event) => {
          const [first] = found ?? [];
          if (event.key !== "Enter" || first === undefined) return;
          event.preventDefault();
          onPick(first.emoji);
        }}
      />
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, also by keyboard */}
      <section class="emoji-groups" tabIndex={0} aria-label={strings.message.emojiPicker}>
        {found === undefined &&
          EMOJI_GROUPS.map((group) => (
            <section key={group.name} aria-label={group.name}>
              <p class="emoji-group">{group.name}</p>
              <Grid emoji={group.emoji} onPick={onPick} />
            </section>
          ))}
        {found !== undefined && found.length > 0 && <Grid emoji={found} onPick={onPick} />}
        {found?.length === 0 && <p class="hint">{strings.message.emojiNone}</p>}
      </section>
    </div>
  );
};

export interface EmojiPopoverProps {
  readonly near: Near;
  readonly back: HTMLElement | undefined;
  readonly onPick: (emoji: string) => void;
  readonly onClose: () => void;
}

/** The same beside what asks for it; closes when one was chosen. */
export const EmojiPopover = ({ near, back, onPick, onClose }: EmojiPopoverProps): JSX.Element => (
  <Popover
    near={near}
    back={back}
    as="dialog"
    label={strings.message.emojiPicker}
    testId="emoji-picker"
    onClose={onClose}
  >
    <EmojiPicker
      onPick={(emoji) => {
        onClose();
        onPick(emoji);
      }}
    />
  </Popover>
);
