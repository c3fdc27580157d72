import { wordsFor } from "../strings.ts";
import { createSignal, type Signal } from "./signal.ts";

export interface Notice {
  readonly text: string;
  readonly wrong: boolean;
}

/** A sentence that is shown for a moment: that something was done, or why it was not. */
export const notice: Signal<Notice | undefined> = createSignal<Notice | undefined>(undefined);

export const tell = (text: string): void => notice.set({ text, wrong: false });

export const complain = (error: unknown): void => notice.set({ text: wordsFor(error), wrong: true });

/** Runs what may be refused; a refusal is told. Resolves to whether it went well. */
export const attempt = async (work: Promise<unknown>, done?: string): Promise<boolean> => {
  try {
    await work;
  } catch (error) {
    complain(error);
    return false;
  }
  if (done !== undefined) tell(done);
  return true;
};
