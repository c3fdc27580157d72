/** Bounds of notifications: rows of the table in limits.ts. */
export const PUSH_LIMITS = {
  /** How long a message waits for a device before the others are notified: most are read, or acknowledged, by then. */
  pushGraceMs: 3000,
  /** At most one alert of a conversation in this time, per device; what comes meanwhile is told with the next one. */
  pushEveryMs: 10_000,
  /** §8: the payload, whatever is in it; and of a message's text, in it. */
  pushNoteBytes: 3000,
  pushPreviewChars: 200,
  /** What Apple and Google take of one notification, their own part of it included. */
  pushMessageBytes: 4096,
  pushEndpointChars: 2048,
  /** Notifications that one message of the queue's batch, and one call to it, carries; bytes likewise. */
  pushBatch: 100,
  pushBatchBytes: 200 * 1024,
  /** Notifications of one user that are handed over in one turn; the others follow. */
  pushPerRing: 100,
  /** One that was handed to the queue, of which nothing was heard for that long, was lost: it is handed over again. */
  pushLostMs: 60_000,
  /** Failures back off from the first to the second, with jitter; after so many tries it is a dead letter. */
  pushRetryMs: 5000,
  pushRetryMaxMs: 15 * 60_000,
  pushAttempts: 12,
  /** A push service that says how long to wait is believed up to this. */
  pushRetryAfterMaxMs: 3_600_000,
  /** Requests to push services: how long one may take, and how many one batch has under way. */
  pushTimeoutMs: 10_000,
  pushParallel: 6,
  /** No request is begun later in a batch: what became of it has to be told before its user's object takes it for lost. */
  pushBatchMs: 30_000,
  /** On a machine of one's own: batches for one push service that are under way at once. */
  pushBatches: 8,
  /** Requests to one push service: at once, and a second sustained. Both are settings: PUSH_BURST and PUSH_RATE. */
  pushBurst: 500,
  pushPerSecond: 500,
  /** Apple refuses tokens that change more often. */
  apnsTokenMinMs: 20 * 60_000,
  /** A push service that refuses a token of a browser's kind that is younger than this means something else. */
  vapidFreshMs: 10 * 60_000,
  /** How long FCM asks to be left alone when its quota is used up and it does not say. */
  fcmQuotaMs: 60_000,
  /** How long a push service that failed is left alone: from the first to the second. */
  pushClosedMs: 1000,
  pushClosedMaxMs: 60_000,
  /** Afterwards one notification shows whether it is there again; for so long no other is sent. Longer than one may take. */
  pushProbeMs: 15_000,
  /** How long notifications wait for a token before they are put off. */
  pushTokenWaitMs: 1000,
  /** What is read of a push service's answer. */
  pushAnswerBytes: 4096,
  /** On a machine of one's own: notifications that wait in memory to be sent; more are taken up again by their users' objects. */
  pushQueued: 10_000,
  /** And how long one waits for others to be sent with it. */
  pushGatherMs: 50,
  /** Tokens by which push services know this server are made anew that long before they end. */
  pushTokenEarlyMs: 5 * 60_000,
  /** Dead letters that are kept, per kind; the oldest go first. */
  deadLetters: 10_000,
  /** §8: how long push services keep a notification for a device that is out of reach, in seconds; of `read`, and of a test. */
  pushTtlSeconds: 7 * 86_400,
  pushReadTtlSeconds: 86_400,
  pushTestTtlSeconds: 60,
  /** Tests of notifications that one user makes. As with previews. */
  pushTestBurst: 5,
  pushTestPerSecond: 0.5,
  /** Names of others that a user's object remembers for its notifications. */
  pushNames: 256,
  /** How long a notification waits for a name. */
  pushNameMs: 500,
  /** Messages of one conversation that are kept for it: the newest that some device has to be told of. */
  pushNews: 50,
  /** What takes a notification away is tried that often, and not again. */
  pushReadAttempts: 3,
} as const;
