import type { JSX } from "preact";
import { useChat } from "../state/client-context.ts";
import { usePeople } from "../state/people.ts";
import { usePresence } from "../state/presence.ts";
import { peerOf, titleOf } from "../text/previews.ts";
import type { Conversation } from "../types.ts";
import { Avatar, type AvatarProps } from "./avatar.tsx";

type Size = NonNullable<AvatarProps["size"]>;

export const PersonAvatar = ({ id, size = "small" }: { readonly id: string; readonly size?: Size }): JSX.Element => {
  const people = usePeople();
  return <Avatar id={id} name={people.name(id)} picture={people.picture(id)} size={size} />;
};

/** The group's, or the other one's with a dot while they are there. */
export const ConversationAvatar = ({
  conversation,
  size = "normal",
}: {
  readonly conversation: Conversation;
  readonly size?: Size;
}): JSX.Element => {
  const { userId } = useChat();
  const people = usePeople();
  const peer = peerOf(conversation, userId);
  const online = usePresence(peer)?.status === "online";
  const title = titleOf(conversation, userId, people.name);
  if (peer === undefined) {
    return <Avatar id={conversation.conversation_id} name={title} group picture={conversation.avatar} size={size} />;
  }
  return <Avatar id={peer} name={title} picture={people.picture(peer)} size={size} online={online} />;
};
