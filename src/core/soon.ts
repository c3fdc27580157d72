/** Now, when everything that it needs is at hand; else later. Nobody waits who need not. */
export type Soon<T> = T | Promise<T>;

/** Goes on with it in the same turn, if it is there. */
export const next = <T, R>(value: Soon<T>, work: (value: T) => R): Soon<R> =>
  value instanceof Promise ? value.then(work) : work(value);
