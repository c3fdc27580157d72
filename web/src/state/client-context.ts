import type { ClientEvents, ConnectionState, ParleyClient } from "@parley/client";
import { createContext } from "preact";
import type { ConversationId } from "../types.ts";
import type { Blocked } from "./blocked.ts";
import type { Drafts } from "./drafts.ts";
import type { Push } from "./push.ts";
import { useContext, useLayoutEffect, useState } from "preact/hooks";

/** What every signed-in screen works with. */
export interface Chat {
  readonly client: ParleyClient;
  readonly userId: string;
  readonly drafts: Drafts;
  readonly blocked: Blocked;
  readonly push: Push;
  /** Whether names that people type are folded to lower case: not where ids come from elsewhere. */
  readonly folding: boolean;
  /** Whoever may look after the server has a token for that, and uses it for nothing else. */
  readonly operatorToken: (() => Promise<string>) | undefined;
  readonly signOut: () => void;
  /** Lets this window be somebody else, and signs nobody out. */
  readonly leave: () => void;
  /** Empties what this browser keeps of the user: the server took the device off the account. */
  readonly forget: () => Promise<void>;
}

export const ChatContext = createContext<Chat | undefined>(undefined);

export const useChat = (): Chat => {
  const chat = useContext(ChatContext);
  if (chat === undefined) throw new Error("useChat outside of a signed-in screen");
  return chat;
};

/** Runs `work` soon and once, however often it is asked for: with the next frame, or in 50 ms where none comes. */
const coalesce = (work: () => void): { request(): void; cancel(): void } => {
  let frame = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const cancel = (): void => {
    cancelAnimationFrame(frame);
    clearTimeout(timer);
    timer = undefined;
  };
  const run = (): void => {
    cancel();
    work();
  };
  return {
    cancel,
    request() {
      if (timer !== undefined) return;
      timer = setTimeout(run, 50);
      frame = requestAnimationFrame(run);
    },
  };
};

type Payload = ClientEvents[keyof ClientEvents];

/**
 * Renders again when one of `events` comes (and `concerns` says that it matters); what is shown is
 * then read from the client, which answers from memory. Returns how often that happened.
 */
export const useClientEvents = (
  events: readonly (keyof ClientEvents)[],
  concerns?: (payload: Payload) => boolean,
): number => {
  const { client } = useChat();
  const [version, setVersion] = useState(0);
  const names = events.join();
  useLayoutEffect(() => {
    const soon = coalesce(() => setVersion((before) => before + 1));
    const offs = events.map((event) =>
      client.on(event, (payload) => {
        if (concerns === undefined || concerns(payload)) soon.request();
      }),
    );
    // What came between the render and now was missed.
    setVersion((before) => before + 1);
    return () => {
      soon.cancel();
      for (const off of offs) off();
    };
    // `concerns` is made anew by each render and must depend on nothing but what `names` tells apart.
  }, [client, names]);
  return version;
};

/** For `useClientEvents`: events of one conversation, and those of none in particular. */
export const about =
  (id: ConversationId) =>
  (payload: Payload): boolean =>
    typeof payload !== "object" || !("conversationId" in payload) || payload.conversationId === id;

export const useConnection = (): ConnectionState => {
  useClientEvents(["state"]);
  return useChat().client.state;
};
