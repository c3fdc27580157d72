import { useEffect, useState } from "preact/hooks";

/** What was asked of the server: not there yet, there, or refused. */
export type Remote<T> =
  | { readonly at: "loading" }
  | { readonly at: "there"; readonly value: T }
  | { readonly at: "failed"; readonly error: unknown };

/**
 * Asks when it is first shown, and again whenever one of `depends` changes. What is there stays until there is
 * something newer; `failed` is shown only where there never was an answer.
 */
export const useRemote = <T>(
  ask: () => Promise<T>,
  depends: readonly unknown[],
): Remote<T> & { readonly again: () => void } => {
  const [answer, setAnswer] = useState<Remote<T>>({ at: "loading" });
  const [asked, setAsked] = useState(0);
  useEffect(() => {
    const life = { over: false };
    const run = async (): Promise<void> => {
      try {
        const value = await ask();
        if (!life.over) setAnswer({ at: "there", value });
      } catch (error) {
        if (!life.over) setAnswer((before) => (before.at === "there" ? before : { at: "failed", error }));
      }
    };
    void run();
    return () => {
      life.over = true;
    };
  }, [...depends, asked]);
  return { ...answer, again: () => setAsked((before) => before + 1) };
};

/** One page of a list, and how to go on. */
export interface PageOf<T> {
  readonly items: readonly T[];
  readonly next: string | undefined;
}

interface List<T> {
  readonly items: readonly T[];
  readonly state: "loading" | "idle" | "failed" | "complete";
  readonly error?: unknown;
  readonly next?: string | undefined;
}

export interface Paged<T> extends List<T> {
  readonly more: () => void;
}

/** A list that is read page by page; begins anew whenever one of `depends` changes. */
export const usePages = <T>(ask: (cursor?: string) => Promise<PageOf<T>>, depends: readonly unknown[]): Paged<T> => {
  const [list, setList] = useState<List<T>>({ items: [], state: "loading" });
  const [life, setLife] = useState({ over: false });
  const load = async (of: { readonly over: boolean }, before: readonly T[], cursor?: string): Promise<void> => {
    try {
      const { items, next } = await ask(cursor);
      if (of.over) return;
      setList({ items: [...before, ...items], state: next === undefined ? "complete" : "idle", next });
    } catch (error) {
      if (!of.over) setList((now) => ({ ...now, state: "failed", error }));
    }
  };
  useEffect(() => {
    const begun = { over: false };
    setLife(begun);
    void load(begun, []);
    return () => {
      begun.over = true;
    };
  }, depends);
  return {
    ...list,
    more: () => {
      if (list.state !== "idle" && list.state !== "failed") return;
      setList((now) => ({ ...now, state: "loading" }));
      void load(life, list.items, list.next);
    },
  };
};
