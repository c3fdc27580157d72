/** What of a file in R2 is used. */
interface BucketHead {
  readonly key: string;
  readonly size: number;
}

/** A bucket of R2, as far as it is used. */
export interface BlobBucket {
  put(key: string, bytes: Uint8Array): Promise<unknown>;
  get(
    key: string,
    options?: { readonly range: { readonly offset: number; readonly length: number } },
  ): Promise<{ arrayBuffer(): Promise<ArrayBuffer> } | null>;
  head(key: string): Promise<BucketHead | null>;
  delete(key: string): Promise<void>;
  list(options: {
    readonly prefix: string;
    readonly limit: number;
    readonly startAfter?: string;
  }): Promise<{ readonly objects: readonly BucketHead[] }>;
}

/** A directory of this machine, by way of workerd's disk service. */
export interface BlobDisk {
  fetch(url: string, init?: RequestInit): Promise<Response>;
}
