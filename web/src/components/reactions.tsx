import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useChat } from "../state/client-context.ts";
import { useLongPress } from "../state/long-press.ts";
import { mayReact, react } from "../state/message-actions.ts";
import { usePane, type Overlay } from "../state/pane.ts";
import { peopleOf, usePeople } from "../state/people.ts";
import { usePages } from "../state/remote.ts";
import { strings, wordsFor } from "../strings.ts";
import { listTime } from "../text/times.ts";
import type { ChatMessage } from "../types.ts";
import { PersonAvatar } from "./person-avatar.tsx";
import { nearElement, Popover } from "./popover.tsx";

type Reaction = NonNullable<ChatMessage["reactions"]>[number];

const NAMED = 12;

const Chip = ({ message, reaction }: { readonly message: ChatMessage; readonly reaction: Reaction }): JSX.Element => {
  const { client } = useChat();
  const pane = usePane();
  const [named, setNamed] = useState<{ readonly count: number; readonly text: string }>();
  const { emoji, count, me } = reaction;
  const nameThem = async (): Promise<void> => {
    if (message.message_id === undefined || named?.count === count) return;
    try {
      const { reactions } = await client.reactions(message.conversation_id, message.message_id);
      const who = reactions.filter((one) => one.emoji === emoji).map((one) => peopleOf(client).name(one.user_id));
      const text = strings.message.reactedBy(
        emoji,
        who.slice(0, NAMED),
        Math.max(0, count - Math.min(NAMED, who.length)),
      );
      setNamed({ count, text });
    } catch {
      // The chip's count says enough until one hovers again.
    }
  };
  const showAll = (element: HTMLElement): void =>
    pane.overlay.set({ at: "reactors", message, near: nearElement(element), back: element });
  const press = useLongPress(showAll);
  return (
    <button
      type="button"
      class={me ? "reaction reaction-mine" : "reaction"}
      aria-pressed={me}
      aria-label={strings.message.reactionChip(emoji, count, me)}
      title={named?.count === count ? named.text : undefined}
      data-testid="reaction"
      data-emoji={emoji}
      aria-disabled={!mayReact(client, message)}
      onClick={() => {
        if (mayReact(client, message)) react(client, message, emoji);
      }}
      onPointerEnter={() => void nameThem()}
      onFocus={() => void nameThem()}
      onContextMenu={(event) => {
        event.preventDefault();
        event.stopPropagation();
        showAll(event.currentTarget);
      }}
      {...press}
      onTouchStart={(event) => {
        event.stopPropagation();
        press.onTouchStart(event);
      }}
    >
      <span class="reaction-emoji">{emoji}</span>
      <span class="reaction-count">{count}</span>
    </button>
  );
};

/** What a message was answered with, in one click. */
export const Reactions = ({ message }: { readonly message: ChatMessage }): JSX.Element | null => {
  const { reactions = [] } = message;
  if (reactions.length === 0) return null;
  return (
    <fieldset class="reactions" aria-label={strings.message.reactions}>
      {reactions.map((reaction) => (
        <Chip key={reaction.emoji} message={message} reaction={reaction} />
      ))}
    </fieldset>
  );
};

/** Who reacted with what, and when. */
export const Reactors = ({
  overlay,
  onClose,
}: {
  readonly overlay: Extract<Overlay, { near: unknown }>;
  readonly onClose: () => void;
}): JSX.Element => {
  const { client } = useChat();
  const { name } = usePeople();
  const { message } = overlay;
  const list = usePages(
    async (cursor) => {
      const page = await client.reactions(message.conversation_id, message.message_id ?? "", cursor);
      return { items: page.reactions, next: page.next_cursor };
    },
    [message.message_id],
  );
  return (
    <Popover
      near={overlay.near}
      back={overlay.back}
      as="dialog"
      label={strings.message.whoReacted}
      testId="reactors"
      class="reactors"
      onClose={onClose}
    >
      <p class="popover-title">{strings.message.whoReacted}</p>
      <ul class="people">
        {list.items.map(({ user_id: user, emoji, reacted_at: at }) => (
          <li key={`${user} ${emoji}`} class="person">
            <PersonAvatar id={user} />
            <span class="person-name">{name(user)}</span>
            <time class="person-note" dateTime={at}>
              {listTime(at)}
            </time>
            <span class="reaction-emoji">{emoji}</span>
          </li>
        ))}
      </ul>
      {list.state === "loading" && <p class="hint">{strings.message.loading}</p>}
      {list.state === "failed" && <p class="problem">{wordsFor(list.error)}</p>}
      {list.state === "idle" && (
        <button type="button" class="link-button" onClick={list.more}>
          {strings.message.loadMore}
        </button>
      )}
    </Popover>
  );
};
