import { useEffect, useRef, useState } from "preact/hooks";
import type { ConversationId } from "../types.ts";
import { useChat } from "./client-context.ts";

/** `opening` until the newest page is there; `failed` until asked again. */
export type HistoryState = "opening" | "idle" | "loading" | "failed" | "complete";

export interface History {
  readonly state: HistoryState;
  /** Loads an older page, unless one is on its way or there is none. */
  readonly loadOlder: () => void;
  /** The same after a failure. */
  readonly tryAgain: () => void;
}

interface Pager extends History {
  readonly move: (next: HistoryState) => void;
}

/** Pages back with `load`, one page at a time; what failed is tried again when the connection is back. */
export const usePager = (load: () => Promise<{ readonly more: boolean }>): Pager => {
  const { client } = useChat();
  const [state, setState] = useState<HistoryState>("opening");
  const now = useRef<HistoryState>("opening");
  const move = (next: HistoryState): void => {
    now.current = next;
    setState(next);
  };
  const page = (): void => {
    move("loading");
    load().then(
      ({ more }) => move(more ? "idle" : "complete"),
      () => move("failed"),
    );
  };
  const latest = useRef(page);
  latest.current = page;
  useEffect(
    () =>
      client.on("state", (connection) => {
        if (connection.name === "online" && now.current === "failed") latest.current();
      }),
    [client],
  );
  return {
    state,
    move,
    loadOlder: () => {
      if (now.current === "idle") page();
    },
    tryAgain: () => {
      if (now.current === "failed") page();
    },
  };
};

/** Says that a conversation is on the screen while it is, and pages back through it. */
export const useHistory = (id: ConversationId): History => {
  const { client } = useChat();
  const pager = usePager(() => client.loadOlder(id));
  useEffect(() => {
    let gone = false;
    const settle = (): void => {
      if (!gone) pager.move("idle");
    };
    client.open(id).then(settle, settle);
    return () => {
      gone = true;
      client.leave(id);
    };
  }, [client, id]);
  return pager;
};
