import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useChat } from "../state/client-context.ts";
import { attempt } from "../state/notice.ts";
import type { Near } from "../state/pane.ts";
import { usePeople } from "../state/people.ts";
import { strings } from "../strings.ts";
import { peerOf } from "../text/previews.ts";
import type { Conversation } from "../types.ts";
import { Confirm } from "./confirm.tsx";
import { ConversationMenu } from "./conversation-menu.tsx";
import { nearElement } from "./popover.tsx";

const words = strings.people;

export const ConfirmBlock = ({
  userId,
  onClose,
}: {
  readonly userId: string;
  readonly onClose: () => void;
}): JSX.Element => {
  const { blocked } = useChat();
  const { name } = usePeople();
  return (
    <Confirm
      title={words.blockTitle(name(userId))}
      lead={words.blockLead}
      submit={words.blockShort}
      onConfirm={() => attempt(blocked.block(userId))}
      onClose={onClose}
    />
  );
};

interface Opened {
  readonly conversation: Conversation;
  readonly near: Near;
  readonly back: HTMLElement;
}

export interface OpenConversationMenu {
  readonly isOpen: boolean;
  /** Opens it beside `element`, or where the mouse is. */
  readonly open: (
    conversation: Conversation,
    element: HTMLElement,
    point?: { readonly x: number; readonly y: number },
  ) => void;
  /** To be rendered where it does not scroll away. */
  readonly menu: JSX.Element | null;
}

/** The menu of a conversation, and the question that one of its entries asks. */
export const useConversationMenu = (): OpenConversationMenu => {
  const { client, userId } = useChat();
  const [opened, setOpened] = useState<Opened>();
  const [blocking, setBlocking] = useState<string>();
  const row = opened && (client.conversation(opened.conversation.conversation_id) ?? opened.conversation);
  return {
    isOpen: opened !== undefined,
    open: (conversation, element, point) => {
      const near =
        point === undefined ? nearElement(element) : { left: point.x, right: point.x, top: point.y, bottom: point.y };
      setOpened({ conversation, near, back: element });
    },
    menu: (
      <>
        {opened !== undefined && row !== undefined && (
          <ConversationMenu
            key={row.conversation_id}
            conversation={row}
            near={opened.near}
            back={opened.back}
            onClose={() => setOpened(undefined)}
            onBlock={() => setBlocking(peerOf(row, userId))}
          />
        )}
        {blocking !== undefined && <ConfirmBlock userId={blocking} onClose={() => setBlocking(undefined)} />}
      </>
    ),
  };
};
