import { useEffect, useRef, useState } from "preact/hooks";
import type { ConversationId } from "../types.ts";
import { useChat } from "./client-context.ts";

/** `opening` until the newest page is there; `failed` until asked again. */
export type HistoryState = "opening" | "idle" | "loading" | "failed" | "complete";

export interface History {
  readonly state: HistoryState;
  /** Loads an older page, unless one is on its way or there is none. */
  loadOlder(): void;
  /** The same after a failure. */
  tryAgain(): void;
}

/** Says that a conversation is on the screen while it is, and pages back through it. */
export const useHistory = (id: ConversationId): History => {
  const { client } = useChat();
  const [state, setState] = useState<HistoryState>("opening");
  const now = useRef<HistoryState>("opening");
  const move = (next: HistoryState): void => {
    now.current = next;
    setState(next);
  };
  useEffect(() => {
    let gone = false;
    const settle = (next: HistoryState): void => {
      if (!gone) move(next);
    };
    client.open(id).then(
      () => settle("idle"),
      () => settle("idle"),
    );
    return () => {
      gone = true;
      client.leave(id);
    };
  }, [client, id]);
  const load = (): void => {
    move("loading");
    client.loadOlder(id).then(
      ({ more }) => move(more ? "idle" : "complete"),
      () => move("failed"),
    );
  };
  useEffect(
    () =>
      client.on("state", (connection) => {
        if (connection.name === "online" && now.current === "failed") load();
      }),
    [client, id],
  );
  return {
    state,
    loadOlder: () => {
      if (now.current === "idle") load();
    },
    tryAgain: () => {
      if (now.current === "failed") load();
    },
  };
};
