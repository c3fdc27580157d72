/** What bounds the log of a conversation at hand and in the archive: part of `LIMITS`. */
export const ARCHIVE_LIMITS = {
  /** What a conversation keeps at hand at least: its newest entries, and those of so long. Both are settings: HOT_ENTRIES, HOT_DAYS. */
  hotEntries: 1000,
  hotMs: 30 * 86_400_000,
  /** Pruned entries, or replies to one message, of which a conversation keeps an outline in one row. It is as large as an archive's batch at most. */
  blockEntries: 512,
  /** Of these rows, how many it has in memory, and how many it makes in one turn. */
  blocksInMemory: 8,
  blocksPerTurn: 8,
  /** A generation is kept while more of it waits to expire: this many, or one of so many of its entries. */
  waitingKept: 32,
  /** Entries that travel to the archive in one call, and bytes of them. */
  archiveBatch: 256,
  archiveBatchBytes: 512 * 1024,
  /** Entries that one call to the archive answers. */
  archivePage: 256,
  /** Entries that are read at once for the archive. */
  archiveStep: 32,
  /** The first of those that are to be archived waits no longer than this, once the alarm rings. */
  archiveWaitMs: 7 * 86_400_000,
  /** What one run of the archiver does: batches, and how long it goes on beginning new ones. The rest follows after the pause. */
  archiveRunBatches: 32,
  archiveRunMs: 2000,
  archivePauseMs: 1000,
  /** How long the archive has for one batch, and for one question. */
  archiveCallMs: 10_000,
  archiveReadMs: 5000,
  /** Questions of one conversation to the archive that are under way at once; beyond it: `overloaded`. */
  archiveReads: 16,
  /** After a question that failed none is asked for this long. */
  archiveRestMs: 1000,
  /** How often a reader is given what he lacks of the archive before he is told to come again: it changes under his eyes. */
  archiveRounds: 16,
  /** How long the alarm waits for the archive before it does without; and when it looks after what goes on then. */
  archiveAwaitMs: 1000,
  archiveLookMs: 60_000,
  /** A scheduled message that names something archived is tried again after this long when that could not be had. */
  scheduledRetryMs: 30_000,
  /** Failures to archive back off from the first to the second, with jitter. */
  archiveRetryMs: 5000,
  archiveRetryMaxMs: 10 * 60_000,
  /** Bytes of entries that one statement carries: what D1 takes as a parameter is at most 2 MB, and escapes may double them. */
  archiveStatementBytes: 512 * 1024,
  /** A database far away is asked so often, each time for so long, with waits that grow from the third on, within what a call has. */
  archiveAttempts: 6,
  archiveAttemptMs: 4000,
  archiveAgainMs: 25,
  /** A file of cold entries: characters of them, and threads that are listed with it; beyond it: any. */
  segmentBytes: 1024 * 1024,
  segmentThreads: 500,
  /** Rows leave the table no earlier than this after their file was written. */
  segmentSettleMs: 3_600_000,
  /** Files that one run writes or settles; records that are read at once; files whose entries are remembered. */
  segmentsPerRun: 4,
  segmentPage: 8,
  segmentsCached: 4,
  /** How often a conversation looks for months that went cold, and how long it waits for what is done then. */
  compactEveryMs: 86_400_000,
  compactMs: 30_000,
  /** A read that entries moved beneath is done again so often, and then in turn with what moves them. */
  segmentReads: 3,
  /** Objects that a region's archive is spread over, where it has no other. Never changed: it says where things are. */
  archiveObjects: 32,
} as const;
