interface ObjectError {
  readonly overloaded?: boolean;
  readonly retryable?: boolean;
}

const ATTEMPTS = 4;

/**
 * Calls an object, again where the platform says that it is worth it, on a fresh stub each time: a stub
 * whose object was reset stays broken. Only for calls that may be repeated. An overloaded object is
 * never asked again: that would be what keeps it overloaded.
 */
export const callObject = async <T>(call: () => Promise<T>): Promise<T> => {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call();
    } catch (error) {
      const { overloaded, retryable } = error as ObjectError;
      if (overloaded || !retryable || attempt === ATTEMPTS) throw error;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 50 * 2 ** attempt));
    }
  }
};
