import {
  createContext,
  createElement,
  useCallback,
  useContext,
  useEffect,
  useState,
  useSyncExternalStore,
} from "react";
import type { ReactElement, ReactNode } from "react";
import type { ConversationId, UserId } from "../../../src/shared/ids.ts";
import type { Conversation } from "../../../src/shared/protocol/conversation.ts";
import type { Presence, Profile } from "../answers.ts";
import type { ClientEvents, ConnectionState, LocalMessage, ParleyClient } from "../api.ts";
import { shownIn } from "./shown.ts";

/** Hooks for React, and for Preact by its `compat` alias. Each renders again when what it reads has changed, and only then. */
const ClientContext = createContext<ParleyClient | undefined>(undefined);

/** Gives the client to all hooks below. */
export const ParleyProvider = ({
  client,
  children,
}: {
  readonly client: ParleyClient;
  readonly children?: ReactNode;
}): ReactElement => createElement(ClientContext.Provider, { value: client }, children);

/** The client of the `ParleyProvider` above. Throws where there is none. */
export const useClient = (): ParleyClient => {
  const client = useContext(ClientContext);
  if (client === undefined) throw new Error("unable to use the client; there is no ParleyProvider above");
  return client;
};

/** What `read` gives, read again with each `event`. It has to give the same thing until something in it changes. */
const useRead = <T>(event: keyof ClientEvents, read: (client: ParleyClient) => T): T => {
  const client = useClient();
  const subscribe = useCallback((changed: () => void) => client.on(event, changed), [client, event]);
  const snapshot = (): T => read(client);
  return useSyncExternalStore(subscribe, snapshot, snapshot);
};

/** Where the connection stands. */
export const useConnectionState = (): ConnectionState => useRead("state", (client) => client.state);

/** The list, newest activity first. */
export const useConversations = (): readonly Conversation[] =>
  useRead("conversations", (client) => client.conversations());

/** One conversation; `undefined` when it is not in the list. */
export const useConversation = (id: ConversationId): Conversation | undefined =>
  useRead("conversations", (client) => client.conversation(id));

/** Who types in a conversation that is on the screen. */
export const useTyping = (id: ConversationId): readonly UserId[] =>
  useRead("typing", (client) => client.typingUsers(id));

/** A name and a picture. */
export const usePerson = (userId: UserId): Profile | undefined => useRead("people", (client) => client.person(userId));

/** Whether somebody is there: watched as long as it is shown. */
export const usePresence = (userId: UserId): Presence | undefined => {
  const client = useClient();
  useEffect(() => client.watchPresence([userId]), [client, userId]);
  return useRead("presence", () => client.presence(userId));
};

export interface Messages {
  readonly messages: readonly LocalMessage[];
  /** Loads the page above them. */
  readonly loadOlder: () => Promise<void>;
  /** There may be older ones. */
  readonly hasOlder: boolean;
  readonly isLoading: boolean;
  /** What the last `loadOlder` failed with. */
  readonly error?: unknown;
}

interface Loading {
  readonly id: ConversationId;
  readonly isLoading: boolean;
  readonly hasOlder: boolean;
  readonly error?: unknown;
}

/** The messages of a conversation, which is on the screen (`open`) as long as any component shows them. */
export const useMessages = (id: ConversationId): Messages => {
  const client = useClient();
  useEffect(() => shownIn(client, id), [client, id]);
  const messages = useRead("messages", () => client.messages(id));
  const begun: Loading = { id, isLoading: false, hasOlder: true };
  const [last, setLoading] = useState(begun);
  // Of another conversation than the one that is shown now.
  const loading = last.id === id ? last : begun;
  const loadOlder = useCallback(async () => {
    setLoading({ id, isLoading: true, hasOlder: true });
    try {
      const { more } = await client.loadOlder(id);
      setLoading({ id, isLoading: false, hasOlder: more });
    } catch (error) {
      setLoading({ id, isLoading: false, hasOlder: true, error });
    }
  }, [client, id]);
  const { isLoading, hasOlder, error } = loading;
  return { messages, loadOlder, hasOlder, isLoading, ...(error === undefined ? {} : { error }) };
};
