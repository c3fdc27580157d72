/**
 * What the service worker asks of the app's windows. A window's address does not tell: whose it is is in no address, and
 * what it shows changes without a navigation.
 */
export type Question =
  /** Whether it is signed in as that user. */
  | { readonly ask: "whose"; readonly userId: string }
  /** Whether somebody looks at that conversation in it, so that a notification would tell him nothing. */
  | { readonly ask: "watched"; readonly userId: string; readonly conversationId: string }
  /** To open that conversation. */
  | { readonly ask: "open"; readonly userId: string; readonly conversationId: string };

/** A window that is frozen, or still loading, answers nothing. */
const ANSWER_WITHIN_MS = 500;

/** The answer of a window: yes, or anything else. */
export const answerOf = (window: Pick<WindowClient, "postMessage">, question: Question): Promise<boolean> => {
  const { port1, port2 } = new MessageChannel();
  return new Promise<boolean>((resolve) => {
    const timer = setTimeout(() => resolve(false), ANSWER_WITHIN_MS);
    port1.addEventListener("message", ({ data }) => {
      clearTimeout(timer);
      resolve(data === true);
    });
    port1.start();
    window.postMessage(question, [port2]);
  }).finally(() => port1.close());
};

/** The first of them that says yes; the browser has them in the order in which they were used last. */
export const whichSays = async <W extends Pick<WindowClient, "postMessage">>(
  windows: readonly W[],
  question: Question,
): Promise<W | undefined> => {
  const answers = await Promise.all(windows.map((window) => answerOf(window, question)));
  return windows.find((_window, index) => answers[index]);
};

export const isQuestion = (value: unknown): value is Question =>
  typeof value === "object" && value !== null && "ask" in value && "userId" in value;
