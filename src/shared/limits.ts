import { SEARCH_LIMITS } from "./search-limits.ts";
import { ARCHIVE_LIMITS } from "./archive-limits.ts";
import { PUSH_LIMITS } from "./push-limits.ts";

/**
 * Every bound of the system, in one table. What the contract states (docs/protocol.md §2) is marked §2;
 * the rest is ours. Sizes in bytes, durations in milliseconds, unless the name says otherwise.
 */
export const LIMITS = {
  ...PUSH_LIMITS,
  /** §2: a frame or a request body. Beyond it: close 1009, HTTP 413. */
  frameBytes: 64 * 1024,
  /** How much of a body that is too large is read all the same, so that its sender sees the refusal. */
  bodyDrainBytes: 4 * 1024 * 1024,
  /** §2: `content`, in UTF-8. */
  contentBytes: 16 * 1024,
  /** §2: members by type. */
  directMembers: 2,
  groupMembers: 5000,
  /** A group that outgrew this brings its entries to those only who are there, through slices. */
  plainGroupMembers: 100,
  /** Members whom one slice serves. */
  sliceMembers: 250,
  /** Calls of one slice that are under way at once: all, so that those who wait for a device hold up nobody. */
  sliceParallel: 250,
  /** Entries that a slice holds for those who are slower than others. */
  sliceEntries: 2048,
  /** How long a slice's answer waits in a quiet moment for what the members say: longer than they wait for a device. */
  sliceWaitMs: 400,
  /** How long the settling of accounts waits for anybody. */
  settleMs: 10_000,
  /** Parts in which a large conversation keeps how far things have reached its members. */
  positionParts: 32,
  /** Subscribers who asked something of a channel lately, kept in memory. */
  visitors: 1000,
  /** Failures in a row after which a member is shown to operators as parked. */
  parkedAfter: 5,
  /** §4: a conversation shows its participants up to this many. */
  participantsShown: 100,
  /** §2: a page of messages, entries or members. */
  pageDefault: 50,
  pageMax: 200,
  /** §2: missed entries of one conversation in one sync. */
  syncEntriesPerConversation: 200,
  /** §6: what a device that never acknowledged anything is given of each conversation. */
  syncEntriesForNewDevice: 50,
  /** §2: conversations in one page of sync. */
  syncConversations: 200,
  /** Bytes of entries in one sync answer; conversations beyond it are named in `truncated`. */
  syncEntriesBytes: 4 * 1024 * 1024,
  /** Entries of one conversation that are kept in the list for devices that have not acknowledged them, and bytes of them. */
  tailEntries: 200,
  tailBytes: 64 * 1024,
  /** Calls that a user's object makes for one purpose, and has under way at once. */
  parallelCalls: 32,
  /** §2: live connections per user; the oldest is closed with 4502. */
  connectionsPerUser: 32,
  /** Connects per user. Full again within the 10 s after which an idle object sleeps. */
  userConnectBurst: 40,
  userConnectPerSecond: 4,
  /**
   * Connects per address, an office or a village behind one. Both are settings: CONNECT_BURST and CONNECT_RATE. No more than a
   * busy machine can do: who waits for its answer longer than a client's patience comes again, and doubles the work.
   */
  connectBurst: 500,
  connectPerSecond: 100,
  /** How far ahead a place is promised to those who connect too fast. */
  connectWaitMaxMs: 60_000,
  /** Addresses of which is known how fast they connect. */
  connectAddresses: 10_000,
  /** Upgrades that one isolate has under way; beyond it: to come later, between half and one and a half of that. */
  connectsUnderWay: 256,
  connectCrowdedMs: 5000,
  /** When whoever was taken for a late attempt of a device comes again. */
  lateAttemptMs: 5000,
  /** Users whose devices are told at once that the server goes down. */
  leavesParallel: 32,
  /** Devices whose watermarks an inbox row remembers; the one unheard longest is forgotten first. */
  devicesPerInboxRow: 64,
  /** §2: sends per user. Both are settings: SEND_BURST and SEND_RATE. */
  sendBurst: 30,
  sendPerSecond: 10,
  /** Other requests of one user (reads of history, receipts, typing): generous, but not endless. */
  requestBurst: 200,
  requestPerSecond: 50,
  /** §2: typing, per user and conversation. */
  typingIntervalMs: 1000,
  typingConversations: 64,
  /** Typing that is not said again is over: the others are told so. */
  typingExpiresMs: 6000,
  /** §5: bad frames of one connection within a minute; the one that reaches it closes with 1008. */
  badFrames: 20,
  badFramesWindowMs: 60_000,
  /** Requests of one connection that may wait their turn; beyond it: `rate_limited`. */
  framesQueued: 256,
  /** Devices of one user; the one that was not used for the longest time is forgotten first. */
  devices: 64,
  /** A device that was not used for longer is read to from the logs when it comes back. */
  deviceExpectedMs: 30 * 86_400_000,
  /** Removed devices whose tokens are refused. */
  removedDevices: 1000,
  /** What a device calls itself when it connects. */
  deviceNameChars: 128,
  platformChars: 64,
  /** How exactly it is kept when a device was last in use. */
  lastSeenStepMs: 60_000,
  /** Sends that may wait for one conversation in one user's object; beyond it: `overloaded`. */
  uplinkQueued: 512,
  /** Sends that travel in one call to the conversation. */
  uplinkBatch: 64,
  /** Entries that travel in one call to a member. */
  deliverBatch: 200,
  /** Bytes of entries in one such call, or in one `entries` frame. */
  deliverBatchBytes: 512 * 1024,
  /** A socket that has more than this unsent is closed: its device will sync. */
  socketBufferedBytes: 1024 * 1024,
  /** Where the platform does not tell what is unsent: a device that was sent that much and was silent this long. */
  socketStuckMs: 35_000,
  /** §5: heartbeat that clients keep, and the silence after which a connection is closed (4400). */
  heartbeatSeconds: 30,
  silenceMs: 90_000,
  /** Silent for that long it has missed a heartbeat. */
  silenceSuspectMs: 45_000,
  /**
   * First look at a connection's silence, and the second after it; from there that many times later while it proves alive, up
   * to the last figure. A look costs as much as some eighty heartbeats. What is pushed to a device finds out sooner.
   */
  silenceCheckFirstMs: 95_000,
  silenceCheckGrowth: 4,
  silenceCheckMaxMs: 4 * 3_600_000,
  /** §5: what a device has not acknowledged after this long is pushed once more. */
  repeatAfterMs: 30_000,
  /** Conversations that are watched for it at once, per user. */
  repeatsWatched: 256,
  /** An inbox row is written at most this late after it changed in memory. */
  inboxFlushMs: 2000,
  /** Reports of receipts that are repeated in a row when conversations cannot be reached. */
  reportRetries: 5,
  /** Rows that may wait unwritten in one user's object before they are written at once. */
  inboxDirtyRows: 256,
  /** Ways to other objects that an object keeps open. */
  stubs: 256,
  /** Inbox rows that a user's object keeps in memory. */
  inboxRowsInMemory: 512,
  /** And bytes of entries that are kept in them. */
  inboxTailBytesInMemory: 8 * 1024 * 1024,
  /** How many times a list may change in a millisecond, sustained, without its `rev` running ahead of the clock. */
  revsPerMs: 256,
  /** How far `rev` jumps on a wake after the clock was set back: more than one life hands out unwritten. */
  revReserve: 1 << 20,
  /** Quiet: no entries came in a conversation for this long. */
  deliverQuietMs: 1000,
  /** How long a delivery in a quiet moment waits for the device's `delivered`, to answer for it. */
  deliverLingerMs: 250,
  /** A call to a member that has been under way this long does not hold the next one back. */
  deliverOverlapMs: 20,
  /** News of receipts alone waits this long after a call to a member, to ride with the next entries. */
  receiptRideMs: 1000,
  /** Between calls that carried several messages: as long as the last one took, at most this. */
  pauseMs: 25,
  /** A call that waited longer for its conversation is late; when all of an interval are, late ones are refused. */
  admissionTargetMs: 150,
  admissionIntervalMs: 200,
  /** Fewer calls in an interval are no queue, however late: then the machine is slow. */
  admissionCalls: 16,
  /** A call that waited this long is refused in any case: whoever made it has given up, or is about to. */
  admissionMaxMs: 5000,
  /** When more than half of so many are so many entries behind, nothing more is admitted until they are not. */
  swampedMembers: 16,
  swampedEntries: 2048,
  /** How long who was refused stays away: between half and one and a half of it. */
  overloadRetryMs: 1000,
  /** Scheduled messages, and messages whose time is over, that one alarm takes care of. */
  duePerAlarm: 100,
  /** How late an outbox that a crash interrupted is taken up again; failures back off from here. */
  outboxAlarmMs: 5000,
  /** The same while people are writing: a crash would be noticed by the next message. */
  outboxBusyAlarmMs: 15_000,
  /** A conversation is calm when nothing was written in it for this long: longer than rows are written behind. */
  outboxCalmMs: 2500,
  outboxAlarmMaxMs: 10 * 60_000,
  /** Calls to members under way at once in one conversation. */
  fanOutParallel: 128,
  /** Calls that are begun in one turn. */
  startsPerTurn: 16,
  /** Calls to newcomers and stragglers of a large conversation under way at once. */
  stragglersParallel: 32,
  /** Of them, to newcomers: what is called for the first time makes a database, and nothing else runs meanwhile. */
  newcomersParallel: 4,
  stragglersRestMs: 5,
  /** Recent entries that a conversation keeps encoded in memory. */
  recentEntries: 2048,
  /** And bytes of them: as much again is held for a moment when they are trimmed. */
  recentBytes: 8 * 1024 * 1024,
  /** An id (UUIDv7) this much older or newer than the server's clock is found in the log by its own time. */
  clientIdPastMs: 5 * 60_000,
  clientIdFutureMs: 60_000,
  /** Ids of recent messages that a conversation keeps in memory. */
  recentClientIds: 20_000,
  /** Moves of a receipt watermark that are remembered with their time, per member. */
  receiptMoves: 16,
  /** Counts of receipts in a group reach an author at most this often. */
  groupReceiptMs: 1000,
  /** How far back an author's newest message is looked for, to tell him who has it. */
  receiptLookBack: 1000,
  /** Typing notices that wait for one member. */
  liveNotices: 16,
  /** Names, addresses, emoji and other short strings. */
  nameChars: 128,
  avatarChars: 2048,
  emojiChars: 64,
  usernameChars: 32,
  displayNameChars: 128,
  mentions: 100,
  /** Members added in one call. */
  membersPerCall: 1000,
  /** Different emoji on one message, and those of one person on it. */
  emojiPerMessage: 64,
  emojiPerPerson: 16,
  editsPerMessage: 100,
  pins: 50,
  invites: 50,
  inviteUses: 100_000,
  /** Waiting messages of one person in one conversation, and how far ahead. */
  scheduled: 100,
  scheduleAheadMs: 366 * 86_400_000,
  previewTitleChars: 256,
  previewTextChars: 512,
  /** Link previews: what is read of a page, how long all of it may take, and how many addresses it may point on to. */
  previewPageBytes: 512 * 1024,
  previewTimeoutMs: 5000,
  previewRedirects: 3,
  /** Tags and pieces of text of one page that are looked at: a few hundred are many. */
  previewLooks: 1000,
  /** What is parsed between two looks at whether that is reached. */
  previewPieceBytes: 8 * 1024,
  /** How far into a page its own word about its encoding is looked for: as far as browsers do. */
  previewPrescanBytes: 1024,
  /** Pages that are looked at for one user. Full again within the 10 s after which an idle object sleeps. */
  previewBurst: 10,
  previewPerSecond: 1,
  /** Changes of one's own profile, claims of usernames among them, and usernames looked up. As with previews. */
  profileBurst: 10,
  profilePerSecond: 1,
  lookupBurst: 20,
  lookupPerSecond: 2,
  /** People whom one user blocks. */
  blocks: 1000,
  /** A conversation that could not be told of a block is told again after this long, and then ever more rarely. */
  blockRetryMs: 5000,
  blockRetryMaxMs: 10 * 60_000,
  /** A conversation that could not be told of a legal hold is told again after this long, and then ever more rarely. */
  holdRetryMs: 5000,
  /** Retention: rows that go in one step, and how long after it the next follows; batches that the archive forgets with one alarm. */
  retentionStep: 500,
  retentionStepMs: 1000,
  retentionArchiveSteps: 16,
  /** An archive that could not forget is asked again after this long. */
  retentionRetryMs: 10 * 60_000,
  /** A conversation that could not be restored at once is looked at again after this long. */
  restoreRetryMs: 5000,
  /** How long policies are known in an isolate without being asked for. */
  policiesCacheMs: 3_600_000,
  /** Where there are policies, a conversation in which nothing happens asks for them this often. */
  retentionLookMs: 30 * 86_400_000,
  /** Messages that holds kept, and that nothing keeps any more, which go with one alarm. */
  heldPerAlarm: 500,
  /** How long a device counts as there after it was last heard: two heartbeats and a half, so that one may be lost. */
  presenceLeaseMs: 75_000,
  /** How long a user without any device stays online to others: connections come and go. */
  presenceGraceMs: 10_000,
  /** §5: users whose presence one connection is told. */
  presenceUserIds: 200,
  /** People whom all devices of one user begin to watch: each is a call. As with previews. */
  watchBurst: 1000,
  watchPerSecond: 100,
  /** Users who are told of one user's presence; and how long, if they do not ask again. */
  watchers: 2000,
  watchLeaseMs: 24 * 3_600_000,
  /** Members of a large conversation who are away and want to be notified are brought what is new at most this often. */
  nudgeEveryMs: 10_000,
  /** The first after a pause that long after the write: its ack, and those who are there, come first. */
  nudgeAfterMs: 20,
  /** Slices of them that are called at once. */
  nudgesParallel: 4,
  /** How far back a conversation that wakes looks for mentions that were not handed on; it notes twenty times in that how far they were. */
  mentionsLookBack: 20_000,
  timeZoneChars: 64,
  payloadChars: 48 * 1024,
  ...SEARCH_LIMITS,
  cursorChars: 512,
  refChars: 128,
  expiresInSecondsMax: 365 * 86_400,
  keyPackages: 100,
  keyPackageChars: 4096,
  /** Development tokens: how long at most, in seconds. */
  devTokenSecondsMax: 366 * 86_400,
  /** Keys of an identity provider: kept this long, and not asked for more often than the second. */
  jwksCacheMs: 10 * 60_000,
  jwksCooldownMs: 30_000,
  jwksTimeoutMs: 5000,
  /** An import: characters of the other system's ids, members and reactions in one line. */
  importIdChars: 128,
  importMembers: 1000,
  importReactions: 500,
  /** An export: what is read for one part of the file, in how many calls at most, and how long the file is kept. */
  exportPartBytes: 1024 * 1024,
  exportStepCalls: 32,
  exportKeepMs: 7 * 86_400_000,
  /** An erasure: messages that one call looks through, and calls that one step makes. */
  erasePage: 200,
  eraseStepCalls: 24,
  /** How long a step waits for what conversations have to do, the archive among it. */
  eraseRestMs: 250,
  /** How far back the platform can restore what is in objects. */
  platformRecoveryDays: 30,
  /** How long backups of the archive are kept, unless ARCHIVE_BACKUP_DAYS says otherwise. */
  archiveBackupDays: 30,
  /** A job of an operator that fails is tried again, from the first to the second, and given up after the third. */
  jobRetryMs: 1000,
  jobRetryMaxMs: 10 * 60_000,
  jobPatienceMs: 86_400_000,
  /** When whoever would found a conversation that is being imported comes again. */
  importRetryMs: 30_000,
  /** §10: why an operator does something. */
  reasonChars: 256,
  retentionDaysMax: 36_500,
  /** §10: lines of an import in one call. */
  importLines: 500,
  ...ARCHIVE_LIMITS,
} as const;
