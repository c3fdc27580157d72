/** What a blob is, without its bytes. */
export interface BlobHead {
  readonly key: string;
  readonly size: number;
}

/**
 * Files of one region: segments of the archive, exports. Keys are `/`-separated, of `A-Z a-z 0-9 _ - .` and at most 512 characters.
 * A throw means that the store could not be reached.
 */
export interface BlobStore {
  /** Durable when it resolves; takes the place of what had the key. */
  put(key: string, bytes: Uint8Array): Promise<void>;
  /** `range`: from `offset`, at most `length` bytes. `undefined`: there is none. */
  get(key: string, range?: { readonly offset: number; readonly length: number }): Promise<Uint8Array | undefined>;
  head(key: string): Promise<BlobHead | undefined>;
  /** Also when there is none. */
  delete(key: string): Promise<void>;
  /** Keys that begin with `prefix`, in order, after `after`. */
  list(prefix: string, after: string, limit: number): Promise<readonly BlobHead[]>;
}
