/** Rejects when the time is up: for what may not listen to the signal. */
export const endOf = (signal: AbortSignal): Promise<never> => {
  const end = new Promise<never>((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(new Error("unable to read the answer; it takes too long")), {
      once: true,
    });
  });
  // Most of the time nobody waits for it any more.
  end.catch(() => undefined);
  return end;
};

/** The beginning of a body, as much as may be read. The rest is not fetched. */
export const readStart = async (
  body: ReadableStream<Uint8Array>,
  maxBytes: number,
  end: Promise<never>,
): Promise<Uint8Array> => {
  const reader = body.getReader();
  const bytes = new Uint8Array(maxBytes);
  let size = 0;
  try {
    while (size < bytes.length) {
      const { done, value } = await Promise.race([reader.read(), end]);
      if (done) break;
      const taken = value.subarray(0, bytes.length - size);
      bytes.set(taken, size);
      size += taken.length;
    }
  } finally {
    void reader.cancel().catch(() => undefined);
  }
  return bytes.subarray(0, size);
};
