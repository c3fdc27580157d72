import { describe, expect, test } from "vitest";
import type { PushNote } from "../../src/shared/protocol/http-push.ts";
import { PushService } from "../support/push/push-service.ts";
import type { Subscription } from "../support/push/push-service.ts";
import { vapidKeys } from "../../scripts/development-keys.ts";
import type { Person } from "../support/person.ts";
import { chooseSeed, seeded } from "../support/random.ts";
import { isRemote } from "../support/target.ts";
import { delay, until } from "../support/wait.ts";
import { Scene } from "./scene.ts";

/** What the queue lost is handed over again after a minute, and alerts of one conversation are ten seconds apart. */
const FOUND_AGAIN_MS = 100_000;
const PATIENT = { timeout: FOUND_AGAIN_MS + 60_000 };
/** PARLEY_CRASH_ROUNDS=30 makes a long run of it. */
const ROUNDS = Math.max(3, Number(process.env["PARLEY_CRASH_ROUNDS"] ?? 3));

const noted = ({ text }: { readonly text: string }): PushNote => JSON.parse(text) as PushNote;

/** Somebody who is away, and what his device shows: one notification for each conversation, the last that came. */
class Absentee {
  readonly person: Person;
  readonly subscription: Subscription;
  readonly #service: PushService;

  private constructor(service: PushService, person: Person) {
    this.#service = service;
    this.person = person;
    this.subscription = service.subscription();
  }

  static async leave(service: PushService, person: Person): Promise<Absentee> {
    const absentee = new Absentee(service, person);
    const body = { kind: "webpush", ...absentee.subscription };
    await person.rest.ok("registerPush", { params: { id: person.deviceId }, body });
    return absentee;
  }

  get received(): PushNote[] {
    return this.#service.received(this.subscription).map(noted);
  }

  /** By conversation. */
  get shown(): Map<string, PushNote> {
    const shown = new Map<string, PushNote>();
    for (const pushed of this.#service.received(this.subscription)) {
      const note = noted(pushed);
      expect(pushed.topic).toBeDefined();
      if (note.type === "read") shown.delete(note.conversation_id ?? "");
      else shown.set(note.conversation_id ?? "", note);
    }
    return shown;
  }

  untilShown(id: string, seq: number): Promise<PushNote> {
    return until(
      `${this.person.userId} to be notified of ${seq}`,
      () => {
        const note = this.shown.get(id);
        return note?.seq === seq ? note : undefined;
      },
      FOUND_AGAIN_MS,
      50,
    );
  }
}

const play = async (act: (scene: Scene, service: PushService) => Promise<void>): Promise<void> => {
  const service = await PushService.start();
  try {
    await Scene.play((scene) => act(scene, service), {
      ...vapidKeys(),
      VAPID_SUBJECT: "mailto:push@example.com",
      PUSH_HOSTS: service.origin,
    });
    expect(service.mistakes).toEqual([]);
  } finally {
    await service.stop();
  }
};

/** Until when the server lives, after a message to somebody who is away was acknowledged. */
const MOMENTS: Readonly<Record<string, (service: PushService, away: Absentee) => Promise<void>>> = {
  "right after the ack": () => Promise.resolve(),
  "in the grace": () => delay(1500),
  "when the notification is due": () => delay(3000),
  "when the push service has the request and has not answered": async ({ troubles }) => {
    troubles.next("hang");
    await until("the push service to be asked", () => troubles.met > 0, 10_000, 1);
  },
  "when the push service has just answered": async (_service, away) => {
    await until("the first notification", () => away.received.length > 0, 10_000, 1);
  },
  "while the push service is down": async ({ troubles }) => {
    troubles.lasting({ status: 503 });
    await until("the push service to be asked", () => troubles.met > 0, 10_000, 5);
    await delay(500);
  },
};

describe.skipIf(isRemote).concurrent("a notification that is due when the server is killed", () => {
  test.each(Object.keys(MOMENTS))("[PUSH-13] %s: it is shown, once", PATIENT, (moment) =>
    play(async (scene, service) => {
      const [ann, bob] = [await scene.person("ann"), await scene.person("bob")];
      const away = await Absentee.leave(service, bob);
      const { conversation_id: id } = await ann.direct(bob);
      const { seq } = await ann.send(id, "are you there?");
      await MOMENTS[moment]?.(service, away);
      await scene.restart();
      service.troubles.lasting(undefined);
      expect(await away.untilShown(id, seq)).toMatchObject({ type: "message", count: 1, badge: 1 });
      expect(away.shown.size).toBe(1);
      expect(away.received.length).toBeLessThanOrEqual(2);
    }),
  );

  test("[PUSH-10] [PUSH-13] killed right after a read on another device: what was shown is taken away", PATIENT, () =>
    play(async (scene, service) => {
      const [ann, bob] = [await scene.person("ann"), await scene.person("bob")];
      const away = await Absentee.leave(service, bob);
      const { conversation_id: id } = await ann.direct(bob);
      const { seq } = await ann.send(id, "read me elsewhere");
      await away.untilShown(id, seq);
      await bob.read(id, seq);
      await scene.restart();
      await until("the notification to go", () => away.shown.size === 0, FOUND_AGAIN_MS, 50);
      expect(away.received.at(-1)).toMatchObject({ type: "read", seq, badge: 0 });
    }),
  );
});

describe.skipIf(isRemote).concurrent("people who are away while the server is killed again and again", () => {
  const seed = chooseSeed();
  const random = seeded(seed);

  test("[PUSH-13] [PUSH-11] everybody is shown the newest of each conversation, with exact counts", PATIENT, () =>
    play(async (scene, service) => {
      console.log(`seed ${seed} (PARLEY_SEED), ${ROUNDS} rounds (PARLEY_CRASH_ROUNDS)`);
      const writers = await Promise.all([1, 2, 3].map((i) => scene.person(`writer${i}`)));
      const people = await Promise.all(Array.from({ length: 8 }, (_x, i) => scene.person(`far${i}`)));
      const away = await Promise.all(people.map((person) => Absentee.leave(service, person)));
      const rooms = await Promise.all(
        away.flatMap((to) =>
          writers.map(async (from) => ({ from, to, id: (await from.direct(to.person)).conversation_id, seq: 0 })),
        ),
      );
      const startedAt = Date.now();
      for (let round = 0; round < ROUNDS; round++) {
        const some = rooms.filter(() => random() < 0.5);
        for (const room of some) room.seq = (await room.from.send(room.id, `round ${round}`)).seq;
        if (random() < 0.3) service.troubles.next("hang", { status: 503 }, "reset");
        await delay(random() * 5000);
        await scene.restart();
      }
      const written = rooms.filter(({ seq }) => seq > 0);
      expect(written.length).toBeGreaterThan(ROUNDS);
      for (const { to, id, seq } of written) {
        const note = await to.untilShown(id, seq);
        expect(note.count).toBe((await to.person.row(id)).unread_count);
      }
      const alertsMost = Math.ceil((Date.now() - startedAt) / 10_000) + ROUNDS + 1;
      for (const one of away) {
        const rows = await one.person.list();
        const unread = rows.reduce((sum, { unread_count }) => sum + unread_count, 0);
        if (unread === 0) continue;
        // All of them are known by the time that the last one is composed.
        expect(one.received.at(-1)?.badge).toBe(unread);
        for (const { conversation_id: id } of rows)
          expect(one.received.filter((note) => note.conversation_id === id).length).toBeLessThanOrEqual(alertsMost);
      }
    }),
  );
});
