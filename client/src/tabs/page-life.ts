export type PageEvent = "shown" | "hidden" | "frozen" | "thawed";

/** Whether somebody looks at the page, and whether the browser lets it run. */
export interface PageLife {
  visible(): boolean;
  /** Returns what ends it. */
  watch(handler: (event: PageEvent) => void): () => void;
}

/** The page that this code runs in. */
export const pageLife = (): PageLife => {
  const visible = (): boolean => document.visibilityState === "visible";
  return {
    visible,
    watch: (handler) => {
      const ends = new AbortController();
      const { signal } = ends;
      document.addEventListener("visibilitychange", () => handler(visible() ? "shown" : "hidden"), { signal });
      // What a page is told before it is frozen, put aside or closed, and when it goes on.
      document.addEventListener("freeze", () => handler("frozen"), { signal });
      document.addEventListener("resume", () => handler("thawed"), { signal });
      window.addEventListener("pagehide", () => handler("frozen"), { signal });
      window.addEventListener("pageshow", () => handler("thawed"), { signal });
      return () => ends.abort();
    },
  };
};
