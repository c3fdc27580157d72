/** Bounds of search, among all others in limits.ts. */
export const SEARCH_LIMITS = {
  /** §9: what is searched for. Of a longer word the beginning counts. */
  searchChars: 256,
  searchWords: 32,
  searchWordChars: 40,
  /** People, or conversations, that one search names. */
  searchNames: 10,
  /** Places of a log that are one row of its index; and as many of them as have to be full before they are put there. */
  searchChunk: 64,
  searchIndexChunks: 4,
  /** Rows of the index that one alarm writes; for the rest it rings again. */
  searchChunksPerAlarm: 32,
  searchIndexAgainMs: 250,
  /** What changed in the index is put in order at most this often. */
  searchRenewMs: 10 * 60_000,
  /** Chunks that one call to a conversation looks at, those of them that are read at once, and candidates that are taken out of the index. */
  searchChunksPerCall: 32,
  searchReads: 4,
  searchCandidates: 16,
  /** Times of chunks that a conversation remembers, to find where a time begins. */
  searchTimes: 4096,
  /** Conversations that are asked at once for one search, calls to them in all, and how long one, and all together, may take. */
  searchWave: 16,
  searchCalls: 64,
  searchCallMs: 2500,
  searchMs: 6000,
  /** Searches of one user. As with previews. */
  searchBurst: 30,
  searchPerSecond: 3,
} as const;
