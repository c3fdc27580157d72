/** What a browser keeps for the app. Private windows and full disks refuse to: then it lives as long as the page. */
export interface Shelf {
  get(key: string): string | undefined;
  set(key: string, value: string): void;
  remove(key: string): void;
  keys(): readonly string[];
}

const shelfOver = (open: () => Storage): Shelf => {
  const memory = new Map<string, string>();
  let storage: Storage | undefined;
  try {
    storage = open();
  } catch {
    // Access to storage is blocked by a setting of the browser: the memory above stands in.
  }
  return {
    get: (key) => memory.get(key) ?? storage?.getItem(key) ?? undefined,
    set(key, value) {
      try {
        if (storage === undefined) memory.set(key, value);
        else storage.setItem(key, value);
      } catch {
        // The quota is used up: keep it for as long as the page lives.
        memory.set(key, value);
      }
    },
    remove(key) {
      memory.delete(key);
      storage?.removeItem(key);
    },
    keys: () => [...memory.keys(), ...(storage === undefined ? [] : Object.keys(storage))],
  };
};

/** Shared by all windows of this browser. */
export const browserShelf: Shelf = shelfOver(() => localStorage);
/** This window's own; survives a reload. */
export const windowShelf: Shelf = shelfOver(() => sessionStorage);
