import type { JSX } from "preact";
import { useChat } from "../state/client-context.ts";
import { actionsOf, mayReact, react } from "../state/message-actions.ts";
import { attempt } from "../state/notice.ts";
import { usePane, type Overlay } from "../state/pane.ts";
import { usePeople } from "../state/people.ts";
import { usePins } from "../state/pins.ts";
import { useSignal } from "../state/signal.ts";
import { Forward } from "../screens/forward.tsx";
import { strings } from "../strings.ts";
import { QUICK_EMOJI } from "../text/emoji.ts";
import type { ChatMessage } from "../types.ts";
import { Confirm } from "./confirm.tsx";
import { EmojiPopover } from "./emoji-picker.tsx";
import { Icon } from "./icons.tsx";
import { Menu } from "./menu.tsx";
import { Reactors } from "./reactions.tsx";

type Small = Extract<Overlay, { near: unknown }>;

const QuickRow = ({ overlay, onClose }: { readonly overlay: Small; readonly onClose: () => void }): JSX.Element => {
  const { client } = useChat();
  const pane = usePane();
  const { message } = overlay;
  return (
    <fieldset class="quick-row" aria-label={strings.message.react}>
      {QUICK_EMOJI.map((emoji) => (
        <button
          key={emoji}
          type="button"
          class="emoji"
          role="menuitemcheckbox"
          tabIndex={-1}
          aria-checked={message.reactions?.some((one) => one.emoji === emoji && one.me) === true}
          aria-label={strings.message.reactWith(emoji)}
          data-testid="quick-emoji"
          onClick={() => {
            onClose();
            react(client, message, emoji);
          }}
        >
          {emoji}
        </button>
      ))}
      <button
        type="button"
        class="emoji emoji-more"
        role="menuitem"
        tabIndex={-1}
        aria-label={strings.message.moreEmoji}
        title={strings.message.moreEmoji}
        data-testid="more-emoji"
        onClick={() => pane.overlay.set({ ...overlay, at: "emoji" })}
      >
        <Icon name="plus" size={20} />
      </button>
    </fieldset>
  );
};

const MessageMenu = ({ overlay, onClose }: { readonly overlay: Small; readonly onClose: () => void }): JSX.Element => {
  const { client, userId } = useChat();
  const pane = usePane();
  const pins = usePins(pane.id);
  const { name } = usePeople();
  const { message, near, back } = overlay;
  const isPinned = pins.some((pin) => pin.message_id === message.message_id);
  return (
    <Menu
      label={strings.message.menu(message.sender_id === userId ? strings.you : name(message.sender_id))}
      near={near}
      back={back}
      testId="message-menu"
      onClose={onClose}
      entries={actionsOf({ client, userId, pane, message, isPinned })}
      top={mayReact(client, message) && <QuickRow overlay={overlay} onClose={onClose} />}
    />
  );
};

const Delete = ({ message, onClose }: { readonly message: ChatMessage; readonly onClose: () => void }): JSX.Element => {
  const { client, userId } = useChat();
  const { name } = usePeople();
  const { message_id: id, sender_id: sender } = message;
  return (
    <Confirm
      title={strings.message.deleteTitle}
      lead={sender === userId ? strings.message.deleteOwn : strings.message.deleteOthers(name(sender))}
      submit={strings.message.deleteSubmit}
      onClose={onClose}
      onConfirm={async () => {
        // Shown at once; a refusal is told and undone.
        if (id !== undefined) void attempt(client.deleteMessage(message.conversation_id, id).done);
        return Promise.resolve(true);
      }}
    />
  );
};

/** What lies over the messages of this pane. */
export const MessageOverlays = (): JSX.Element | null => {
  const { client } = useChat();
  const pane = usePane();
  const overlay = useSignal(pane.overlay);
  const close = (): void => {
    // The overlay may have been replaced by what was chosen in it.
    if (pane.overlay.value === overlay) pane.overlay.set(undefined);
  };
  switch (overlay?.at) {
    case undefined:
      return null;
    case "menu":
      return <MessageMenu key={overlay.message.message_id} overlay={overlay} onClose={close} />;
    case "emoji":
      return (
        <EmojiPopover
          near={overlay.near}
          back={overlay.back}
          onPick={(emoji) => react(client, overlay.message, emoji)}
          onClose={close}
        />
      );
    case "reactors":
      return <Reactors overlay={overlay} onClose={close} />;
    case "delete":
      return <Delete message={overlay.message} onClose={close} />;
    case "forward":
      return <Forward message={overlay.message} onClose={close} />;
  }
};
