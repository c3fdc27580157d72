import type { DeviceId, Seq, UserId } from "../../shared/ids.ts";

/** A message of somebody else that is worth an alert. */
export interface News {
  readonly seq: Seq;
  /** When it came here, and when it was sent, in ms since 1970. */
  readonly at: number;
  readonly sentAt: number;
  readonly sender: UserId;
  readonly mention: boolean;
}

/** What was handed to the queue, and when (ms since 1970). Nothing was heard of it yet. */
export interface UnderWay {
  readonly is: "alert" | "read";
  readonly upTo: Seq;
  readonly at: number;
}

/** What is known of a device in a conversation. Times in ms since 1970; 0: never. */
export interface Told {
  /** Up to here it needs no alert: it acknowledged that while it was in use, or the alert was given up. */
  settled: Seq;
  /** Up to here it was alerted, and may show that; 0: nothing is shown. */
  shown: Seq;
  /** Up to here it may have been alerted: nothing was heard of what was handed over. */
  perhaps: Seq;
  alertedAt: number;
  underWay: UnderWay | undefined;
  /** How many times what is due was tried, and before when it is not tried again. */
  attempt: number;
  notBefore: number;
}

/**
 * What devices are to be notified of in a conversation, and what they were: a column of its row in the list. It is
 * there only while there is something to say or to take back.
 */
export interface Notice {
  /** In the order of their places. Those that no device needs any more are let go. */
  news: News[];
  /** What came up to here is over, for another reason than that it was read. */
  over: Seq;
  readonly devices: Map<DeviceId, Told>;
  /** When it is to be looked at; `Infinity`: when something happens. */
  next: number;
}

type StoredNews = readonly [seq: Seq, at: number, sentAt: number, sender: UserId, mention: 0 | 1];

interface StoredNotice {
  readonly next?: number;
  readonly news?: readonly StoredNews[];
  readonly over?: Seq;
  readonly devices?: readonly (readonly [DeviceId, Partial<Told>])[];
}

const NOBODY: Told = { settled: 0, shown: 0, perhaps: 0, alertedAt: 0, underWay: undefined, attempt: 0, notBefore: 0 };

export const emptyNotice = (): Notice => ({ news: [], over: 0, devices: new Map(), next: Infinity });

/** What is known of a device, to be changed. */
export const toldOf = (notice: Notice, device: DeviceId): Told => {
  const known = notice.devices.get(device);
  if (known) return known;
  const told = { ...NOBODY };
  notice.devices.set(device, told);
  return told;
};

/** Only what is not as it is with a device of which nothing is known. */
const storedTold = (told: Told): Partial<Told> =>
  Object.fromEntries(Object.entries(told).filter(([, value]) => value !== 0 && value !== undefined));

export const encodeNotice = ({ next, news, over, devices }: Notice): string => {
  const stored: StoredNotice = {
    ...(next === Infinity ? {} : { next }),
    ...(news.length === 0
      ? {}
      : { news: news.map((one) => [one.seq, one.at, one.sentAt, one.sender, one.mention ? 1 : 0] as const) }),
    ...(over === 0 ? {} : { over }),
    ...(devices.size === 0 ? {} : { devices: [...devices].map(([id, told]) => [id, storedTold(told)] as const) }),
  };
  return JSON.stringify(stored);
};

export const decodeNotice = (text: string): Notice => {
  const { next, news, over, devices } = JSON.parse(text) as StoredNotice;
  return {
    next: next ?? Infinity,
    news: (news ?? []).map(([seq, at, sentAt, sender, mention]) => ({
      seq,
      at,
      sentAt,
      sender,
      mention: mention === 1,
    })),
    over: over ?? 0,
    devices: new Map((devices ?? []).map(([id, told]) => [id, { ...NOBODY, ...told }])),
  };
};

/** When a notice is to be looked at, without reading all of it. */
export const nextOf = (text: string): number => (JSON.parse(text) as StoredNotice).next ?? Infinity;
