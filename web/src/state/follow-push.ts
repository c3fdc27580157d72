import { isQuestion, type Question } from "../../sw/windows.ts";
import { attention } from "./attention.ts";
import type { Chat } from "./client-context.ts";
import { openConversation, route } from "./route.ts";

/** Looking at what is shown costs a call to the browser: once for all that changes within this time. */
const LOOK_AFTER_MS = 300;

/** Keeps the subscription working: looked at with the first connection, and with the next one when that fails. */
const keepWorking = ({ client, push }: Chat): (() => void) => {
  let checked = false;
  const check = (): void => {
    if (checked || client.state.name !== "online") return;
    checked = true;
    push.check().catch(() => {
      checked = false;
    });
  };
  check();
  push.look().catch(() => {
    // The check with the first connection will tell.
  });
  return client.on("state", check);
};

/** Takes away what was read, here or on another device. */
const closeRead = ({ client, push }: Chat): (() => void) => {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const close = async (): Promise<void> => {
    for (const { conversationId, seq, close: takeAway } of await push.shown()) {
      const row = conversationId === undefined ? undefined : client.conversation(conversationId);
      if (row !== undefined && seq <= row.read_up_to) takeAway();
    }
  };
  const soon = (): void => {
    timer ??= setTimeout(() => {
      timer = undefined;
      close().catch(() => {
        // The browser is not to be asked: what is shown stays until somebody takes it away.
      });
    }, LOOK_AFTER_MS);
  };
  soon();
  const off = client.on("conversations", soon);
  return () => {
    off();
    clearTimeout(timer);
  };
};

/** What the service worker wants to know of this window. */
const answer = ({ client, userId }: Chat, question: Question): boolean => {
  if (question.userId !== userId) return false;
  switch (question.ask) {
    case "whose":
      return true;
    case "watched": {
      const watched = attention.value && route.value === question.conversationId;
      // Whoever was taken for absent is not connected, whatever this window thinks.
      if (watched && client.state.name === "offline") client.connect().catch(() => undefined);
      return watched;
    }
    case "open":
      openConversation(question.conversationId);
      return true;
  }
};

const answerWorker = (chat: Chat): (() => void) => {
  if (!("serviceWorker" in navigator)) return () => undefined;
  const heard = ({ data, ports }: MessageEvent): void => {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port has none
    if (isQuestion(data)) ports[0]?.postMessage(answer(chat, data));
  };
  navigator.serviceWorker.addEventListener("message", heard);
  return () => navigator.serviceWorker.removeEventListener("message", heard);
};

/** All that a page has to do with notifications as long as somebody is signed in. */
export const followPush = (chat: Chat): (() => void) => {
  const ends = [keepWorking(chat), chat.push.follow(), closeRead(chat), answerWorker(chat)];
  return () => {
    for (const end of ends) end();
  };
};
