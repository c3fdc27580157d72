import { useLayoutEffect, useState } from "preact/hooks";

/** A value with listeners. */
export interface Signal<T> {
  readonly value: T;
  set(value: T): void;
  on(handler: () => void): () => void;
}

export const createSignal = <T>(initial: T): Signal<T> => {
  const handlers = new Set<() => void>();
  let current = initial;
  return {
    get value() {
      return current;
    },
    set(value) {
      if (Object.is(value, current)) return;
      current = value;
      for (const handler of handlers) handler();
    },
    on(handler) {
      handlers.add(handler);
      return () => {
        handlers.delete(handler);
      };
    },
  };
};

/** The signal's value; renders again when it changes. */
export const useSignal = <T>(signal: Signal<T>): T => {
  const [value, setValue] = useState(signal.value);
  useLayoutEffect(() => {
    // It may have changed between the render and now.
    setValue(signal.value);
    return signal.on(() => setValue(signal.value));
  }, [signal]);
  return value;
};
