/** What a file may be called: parts that stay beneath a directory, whatever keeps them. */
const KEY = /^(?!.{513})[A-Za-z0-9_-][A-Za-z0-9_.-]*(\/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*$/;
/** The beginning of one, up to anywhere. */
const PREFIX = /^(?!.{513})([A-Za-z0-9_-][A-Za-z0-9_.-]*\/)*([A-Za-z0-9_-][A-Za-z0-9_.-]*)?$/;

/** The key itself. A wrong one is a bug: nobody outside names files. */
export const checkedKey = (key: string): string => {
  if (!KEY.test(key)) throw new RangeError("unable to name a file; the key is not of the form that all stores take");
  return key;
};

export const checkedPrefix = (prefix: string): string => {
  if (!PREFIX.test(prefix)) throw new RangeError("unable to list files; the prefix is not the beginning of a key");
  return prefix;
};
