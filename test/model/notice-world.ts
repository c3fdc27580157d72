import { ALL } from "../../src/shared/protocol/fields.ts";
import type { ConversationMeta, EncodedEntry } from "../../src/core/conversation/delivery.ts";
import type { PushJob } from "../../src/core/push/job.ts";
import { afterQuiet } from "../../src/core/push/quiet-hours.ts";
import { attentionOf, badgeOf } from "../../src/shared/attention.ts";
import { LIMITS } from "../../src/shared/limits.ts";
import { deliveryOf, message, META } from "../unit/inbox-fixtures.ts";
import { PushHome, reportOf } from "../unit/push-home.ts";
import { settled } from "../unit/virtual-time.ts";

export const CONVERSATIONS = ["one", "two", "three"] as const;
export const DEVICES = ["phone", "tablet", "laptop"] as const;
const TYPES = ["direct", "group", "channel"] as const;
const NOTIFY = ["all", "mentions", "none"] as const;

export const broken = (what: string): never => {
  throw new Error(what);
};

interface Said {
  readonly seq: number;
  readonly sender: string;
  readonly mention: boolean;
  readonly at: number;
  deleted: boolean;
}

/** A device in a conversation. */
class Screen {
  /** Of messages up to here it need not be told: in use, it acknowledged them; it was not pushed to then; it was given up. */
  excused = 0;
  /** The newest message that a push service took an alert of, and the newest that was handed over. */
  alerted = 0;
  handedAt = -Infinity;
  /** What its notification shows; 0: it shows none. */
  shows = 0;
  /** How many times its address was withdrawn: what is on its way then is another one's affair. */
  withdrawn = 0;
}

/** A conversation as it is, whatever the user's object knows of it. */
class Talk {
  readonly id: string;
  readonly meta: ConversationMeta;
  readonly entries: EncodedEntry[] = [];
  readonly said: Said[] = [];
  readUpTo = 0;
  notify: (typeof NOTIFY)[number] = "all";
  /** What came up to here came when something else was wanted. */
  unwanted = 0;
  readonly screens = new Map(DEVICES.map((device) => [device as string, new Screen()]));

  constructor(index: number) {
    this.id = CONVERSATIONS[index] ?? broken(`which conversation is ${index}`);
    const type = TYPES[index] ?? "group";
    this.meta = { ...META, type, ...(type === "direct" ? {} : { name: `the ${type}` }) };
  }

  get head(): number {
    return this.entries.length;
  }

  get unread(): Said[] {
    return this.said.filter(({ seq, sender, deleted }) => seq > this.readUpTo && sender !== "ann" && !deleted);
  }

  get own() {
    const { readUpTo, unread } = this;
    return { read_up_to: readUpTo, unread: unread.length, mentions: unread.filter(({ mention }) => mention).length };
  }

  get row() {
    return { type: this.meta.type, notify: this.notify };
  }

  /** Whether somebody is to be called for it, as things are. */
  isWorth({ mention }: Said): boolean {
    const attention = attentionOf(this.row, 0);
    return attention === "messages" || (attention === "mentions" && mention);
  }

  screen(device: string): Screen {
    return this.screens.get(device) ?? broken(`which device is ${device}`);
  }
}

/** What may go wrong between the user's object and push services: 0 to 1 each. */
export interface Weather {
  readonly lost: number;
  readonly unheard: number;
  readonly repeated: number;
  readonly failing: number;
  readonly slowestMs: number;
}

const FAIR: Weather = { lost: 0, unheard: 0, repeated: 0, failing: 0, slowestMs: 50 };

/** A user with several devices, his conversations, and push services. */
export class NoticeWorld {
  readonly home = new PushHome();
  readonly talks = CONVERSATIONS.map((_id, index) => new Talk(index));
  readonly #random: () => number;
  readonly #onScreen = new Map<string, boolean>();
  readonly #wrong: unknown[] = [];
  weather: Weather;
  /** Alerts, and what took them away. */
  handed = 0;

  constructor(random: () => number, weather: Weather) {
    this.#random = random;
    this.weather = weather;
    this.home.jobs.push = (...jobs: PushJob[]) => {
      for (const job of jobs) this.#watched(job);
      return jobs.length;
    };
  }

  /** Throws what was found wrong: in the turn itself it would pass for a queue that takes nothing. */
  check(): void {
    const [first] = this.#wrong;
    if (first) throw first;
  }

  get now(): number {
    return this.home.time.now();
  }

  talk(index: number): Talk {
    return this.talks[index % this.talks.length] ?? broken("no talk");
  }

  async says(index: number, sender: string, mentions: "me" | "all" | "none"): Promise<void> {
    const talk = this.talk(index);
    const named = mentions === "me" ? ["ann"] : mentions === "all" ? [ALL] : undefined;
    const seq = talk.head + 1;
    talk.entries.push({ ...message(seq, sender, named), at: this.now });
    talk.said.push({ seq, sender, mention: named !== undefined, at: this.now, deleted: false });
    for (const device of DEVICES) if (!this.home.addresses.get(device)) talk.screen(device).excused = seq;
    this.#deliver(talk);
    await settled();
  }

  /** Whoever wrote the newest message takes it back. */
  async deletes(index: number): Promise<void> {
    const talk = this.talk(index);
    const last = talk.said.findLast(({ deleted }) => !deleted);
    if (!last) return;
    const { seq: target, sender, mention } = last;
    const seq = talk.head + 1;
    const json = `{"kind":"delete","seq":${seq},"message_id":"D${seq}","sender_id":"${sender}","target":"none"}`;
    const named = mention ? { mentions: ["ann"] } : {};
    talk.entries.push({ seq, at: this.now, sender, kind: "delete", target: { seq: target, sender, ...named }, json });
    last.deleted = true;
    this.#deliver(talk);
    await settled();
  }

  acknowledges(device: string, index: number): void {
    const talk = this.talk(index);
    if (!this.#onScreen.has(device) || talk.head === 0) return;
    this.home.acknowledges(device, talk.head, talk.id);
    this.#excuse();
  }

  reads(index: number, device: string): void {
    const talk = this.talk(index);
    if (talk.head === 0) return;
    talk.readUpTo = talk.head;
    const row = this.home.row(talk.id);
    this.home.notices.readOn(row, device, talk.head);
    talk.screen(device).shows = 0;
    if (this.home.inbox.setRead(row, talk.own, [])) this.home.downlink.rowChanged(row);
  }

  wants(index: number, notify: number): void {
    const talk = this.talk(index);
    const row = talk.head === 0 ? undefined : this.home.row(talk.id);
    if (!row) return;
    talk.notify = NOTIFY[notify] ?? "all";
    talk.unwanted = talk.head;
    if (!this.home.inbox.setPreferences(row, { notify: talk.notify })) return;
    this.home.inbox.flush(row);
  }

  /** From now on it is quiet for so many hours of each day, beginning with this one; 0: never. */
  quiets(hours: number): void {
    const hour = Math.floor(this.now / 3_600_000) % 24;
    const clock = (at: number): string => `${String(at % 24).padStart(2, "0")}:00`;
    const quiet_hours = hours === 0 ? null : { from: clock(hour), until: clock(hour + hours), time_zone: "UTC" };
    this.home.profile.change({ notifications: { quiet_hours } });
    this.home.notices.review();
  }

  /** Opened, laid aside, or closed. */
  uses(device: string, how: "active" | "idle" | "gone"): void {
    if (how === "gone") {
      this.#onScreen.delete(device);
      this.home.disconnect(device);
    } else {
      this.#onScreen.set(device, how === "active");
      this.home.connect(device, { active: how === "active" });
    }
    this.#excuse();
  }

  async registers(device: string): Promise<void> {
    await this.home.register(device);
  }

  withdraws(device: string): void {
    this.home.registration.withdraw(device);
    for (const talk of this.talks) {
      const screen = talk.screen(device);
      const withdrawn = screen.withdrawn + 1;
      Object.assign(screen, { excused: talk.head, shows: 0, handedAt: -Infinity, withdrawn });
    }
  }

  async crashes(): Promise<void> {
    this.#onScreen.clear();
    this.home.crash();
    for (const talk of this.talks) this.#deliver(talk, true);
    await settled();
  }

  /** From here on nothing goes wrong; and it is looked at what came of it. */
  async end(): Promise<void> {
    this.weather = FAIR;
    this.quiets(0);
    this.home.isQueueOpen = true;
    this.home.askName = async () => "Somebody";
    await this.home.passes(2 * LIMITS.pushLostMs + LIMITS.pushRetryMaxMs);
    this.check();
    for (const talk of this.talks) {
      const newest = talk.unread.findLast((one) => one.seq > talk.unwanted && talk.isWorth(one));
      for (const [device, screen] of talk.screens) {
        if (!this.home.addresses.get(device)) continue;
        if (newest && newest.seq > Math.max(screen.excused, screen.alerted))
          broken(`${device} was not alerted of ${newest.seq} in ${talk.id}, but of ${screen.alerted}`);
        if (screen.shows > 0 && screen.shows <= talk.readUpTo)
          broken(`${device} shows ${screen.shows} of ${talk.id}, which was read up to ${talk.readUpTo}`);
      }
    }
  }

  /** What is new to the object; after a crash all that is not on its disk, with how far he read. */
  #deliver(talk: Talk, all = false): void {
    if (talk.head === 0) return;
    const state = this.home.inbox.state(talk.id);
    const entries = talk.entries.slice(all ? state.flushed : state.head);
    const after = talk.head - entries.length;
    const own = all ? { own: talk.own } : {};
    const meta = entries.length > 0 ? { meta: talk.meta } : {};
    void this.home.deliver(deliveryOf(entries, { conversation_id: talk.id, after, ...meta, ...own }));
  }

  /** What active devices acknowledged they need not be told of. */
  #excuse(): void {
    for (const talk of this.talks) {
      if (talk.head === 0) continue;
      const { devices } = this.home.row(talk.id);
      for (const [device, isActive] of this.#onScreen) {
        const screen = talk.screen(device);
        if (isActive) screen.excused = Math.max(screen.excused, devices[device] ?? 0);
      }
    }
  }

  #watched(job: PushJob): void {
    this.handed++;
    try {
      this.#handed(job);
    } catch (error) {
      this.#wrong.push(error);
    }
  }

  #handed(job: PushJob): void {
    const talk = this.talks.find(({ id }) => id === job.conversation) ?? broken("a job of no conversation");
    const screen = talk.screen(job.device);
    const { note } = job;
    const badge = this.talks.reduce((sum, one) => {
      const { unread, mentions } = one.own;
      return sum + badgeOf({ ...one.row, unread_count: unread, mention_count: mentions }, 0);
    }, 0);
    if (note.badge !== badge) broken(`the badge is ${note.badge}, and not ${badge}`);
    if (note.type === "read") {
      if (talk.readUpTo < (note.seq ?? 0)) broken(`${note.seq} was not read`);
    } else this.#alert(job, talk, screen);
    if (this.#random() >= this.weather.lost) this.#travels(job, screen);
  }

  #alert({ device, note, registeredAt }: PushJob, talk: Talk, screen: Screen): void {
    const { seq = 0 } = note;
    const what = `${device} is alerted of ${seq} in ${talk.id}`;
    if (this.home.addresses.get(device)?.registeredAt !== registeredAt) broken(`${what}, at another address`);
    if (this.now - screen.handedAt < LIMITS.pushEveryMs)
      broken(`${what} ${this.now - screen.handedAt} ms after the last`);
    screen.handedAt = this.now;
    const said = talk.said.find((one) => one.seq === seq) ?? broken(`${what}, which is no message`);
    if (said.sender === "ann") broken(`${what}, which is his own`);
    if (said.deleted) broken(`${what}, which was deleted`);
    if (said.seq <= talk.readUpTo) broken(`${what}, which was read`);
    if (!talk.isWorth(said)) broken(`${what}, which he does not want`);
    if (this.now - said.at < LIMITS.pushGraceMs) broken(`${what} after ${this.now - said.at} ms`);
    const quiet = this.home.profile.fields.notifications?.quiet_hours;
    if (quiet && afterQuiet(quiet, this.now) !== this.now) broken(`${what} in quiet hours`);
    const isActive = this.#onScreen.get(device) === true;
    const acknowledged = this.home.row(talk.id).devices[device] ?? 0;
    if (isActive && acknowledged >= seq) broken(`${what}, is in use, and acknowledged it`);
    const { unread, mentions } = talk.own;
    const count = badgeOf({ ...talk.row, unread_count: unread, mention_count: mentions }, 0);
    if (note.count !== count) broken(`${what} with ${note.count} of ${count}`);
  }

  /** Through the queue, to the push service, and what it said back. */
  #travels(job: PushJob, screen: Screen): void {
    const { weather } = this;
    const { withdrawn } = screen;
    const late = (work: () => void): void => void this.home.time.after(this.#random() * weather.slowestMs, work);
    late(() => {
      const fate =
        this.#random() < weather.failing
          ? {
              is: "later" as const,
              at: this.now + LIMITS.pushRetryMs + this.#random() * 20_000,
              // Put off without having been tried, it is no attempt.
              attempt: job.attempt + (this.#random() < 0.5 ? 1 : 0),
            }
          : { is: "taken" as const };
      if (fate.is === "taken") this.#arrives(job, screen, withdrawn);
      // What takes away is given up after a few tries.
      else if (job.note.type === "read" && fate.attempt >= LIMITS.pushReadAttempts) screen.shows = 0;
      const tell = (): void => late(() => this.home.reports.pushed([reportOf(job, fate)]));
      if (this.#random() >= weather.unheard) tell();
      if (this.#random() < weather.repeated) tell();
    });
  }

  #arrives({ note }: PushJob, screen: Screen, withdrawn: number): void {
    const { seq = 0 } = note;
    if (screen.withdrawn !== withdrawn) return;
    if (note.type === "read") {
      if (screen.shows <= seq) screen.shows = 0;
      return;
    }
    screen.alerted = Math.max(screen.alerted, seq);
    screen.shows = Math.max(screen.shows, seq);
  }
}
