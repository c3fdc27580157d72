import type { Stubs } from "./stubs.ts";

interface ObjectError {
  readonly overloaded?: boolean;
  readonly retryable?: boolean;
}

const ATTEMPTS = 4;

/**
 * Calls an object, again where the platform says that it is worth it, on a fresh stub each time. Only for
 * calls that may be repeated. An overloaded object is never asked again: that would be what keeps it
 * overloaded.
 */
export const callObject = async <T, R>(stubs: Stubs<T>, name: string, call: (object: T) => Promise<R>): Promise<R> => {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call(stubs.get(name));
    } catch (error) {
      stubs.drop(name);
      const { overloaded, retryable } = error as ObjectError;
      if (overloaded || !retryable || attempt === ATTEMPTS) throw error;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 50 * 2 ** attempt));
    }
  }
};
