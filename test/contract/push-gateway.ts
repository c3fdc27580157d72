import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { PushGateway } from "../../src/core/push/gateway.ts";
import type { PushJob } from "../../src/core/push/job.ts";
import { LIMITS } from "../../src/shared/limits.ts";
import type { PushAddress, PushNote } from "../../src/shared/protocol/http-push.ts";

/** What may go wrong at a push service, whichever it is. */
export type Fault = "gone" | "too_large" | "throttled" | "failing" | "unauthorized" | "hang" | "reset";

/** A gateway and the service that it speaks to. */
export interface Rig {
  /** One that waits so long for an answer. */
  gateway(timeoutMs: number): PushGateway;
  /** What the provider knows the server by: made anew on each call. */
  token(): Promise<string | undefined>;
  address(): PushAddress;
  /** What came for an address, in order: the notes of the contract's §8. */
  received(address: PushAddress): readonly unknown[];
  /** The next request meets this; of `throttled`, with a `Retry-After` of 7 s. */
  fail(fault: Fault): void;
  /** What the service saw that its specification does not allow. */
  mistakes(): readonly string[];
  stop(): Promise<void>;
}

/** For a service that answers, on a machine that is busy; and for one that never does. */
export const PATIENT_MS = 10_000;
const HASTY_MS = 300;

const SECRET_TEXT = "meet me at the old mill";

export const noteOf = (more: Partial<PushNote> = {}): PushNote => ({
  type: "message",
  conversation_id: "local-direct-0001",
  seq: 7,
  count: 2,
  sender_id: "ann",
  sender_name: "Ann",
  preview: SECRET_TEXT,
  badge: 5,
  timestamp: "2026-11-28T10:00:00.000Z",
  ...more,
});

export const jobOf = (address: PushAddress, more: Partial<PushJob> = {}): PushJob => ({
  user: "bob",
  device: "phone",
  conversation: "local-direct-0001",
  note: noteOf(),
  address,
  registeredAt: Date.now() - 1000,
  attempt: 0,
  dueAt: Date.now(),
  queuedAt: Date.now(),
  collapse: "Y29udmVyc2F0aW9uLTAwMQ",
  urgency: "high",
  ttlSeconds: LIMITS.pushTtlSeconds,
  ...more,
});

/** What of an address is a secret: whoever has it can push there, or knows where somebody is. */
const secretsOf = (address: PushAddress): string[] =>
  address.kind === "webpush"
    ? [new URL(address.endpoint).pathname.slice(6), address.keys.auth, address.keys.p256dh]
    : [address.token];

/**
 * What every gateway promises, whatever it speaks to.
 * @param faults those that this service has
 */
export const describeGateway = (title: string, start: () => Promise<Rig>, faults: readonly Fault[]): void => {
  describe(`[PUSH-13] ${title}`, () => {
    let rig: Rig;
    let said: string[] = [];
    let addresses: PushAddress[] = [];
    const fresh = (): PushAddress => {
      const address = rig.address();
      addresses.push(address);
      return address;
    };
    const send = async (more: Partial<PushJob> = {}, address = fresh(), timeoutMs = PATIENT_MS) =>
      rig.gateway(timeoutMs).send(jobOf(address, more), await rig.token());
    const sendInto = (fault: Fault, address: PushAddress) => {
      rig.fail(fault);
      return send({}, address, fault === "hang" ? HASTY_MS : PATIENT_MS);
    };

    beforeAll(async () => {
      rig = await start();
    });
    afterAll(() => rig.stop());
    beforeEach(() => {
      said = [];
      addresses = [];
      for (const method of ["log", "warn", "error", "info", "debug"] as const)
        vi.spyOn(console, method).mockImplementation(
          (...words: unknown[]) => void said.push(words.map(String).join(" ")),
        );
    });
    afterEach(async () => {
      vi.restoreAllMocks();
      const secrets = [...addresses.flatMap(secretsOf), SECRET_TEXT, "Ann", (await rig.token()) ?? SECRET_TEXT];
      for (const secret of secrets) expect(said.join("\n")).not.toContain(secret);
      expect(rig.mistakes()).toEqual([]);
    });

    it("hands a note over as it is, and each time again", async () => {
      const address = fresh();
      expect(await send({}, address)).toEqual({ result: "taken" });
      const mention = noteOf({ type: "mention", count: 3 });
      expect(await send({ note: mention }, address)).toEqual({ result: "taken" });
      expect(rig.received(address)).toEqual([noteOf(), mention]);
    });

    it("hands over what withdraws, and what tests, an alert", async () => {
      const address = fresh();
      const { badge, timestamp } = noteOf();
      const read = { type: "read", conversation_id: "local-direct-0001", seq: 7, badge, timestamp } as const;
      const test = { type: "test", badge, timestamp } as const;
      const withdrawal = { note: read, urgency: "low", ttlSeconds: LIMITS.pushReadTtlSeconds } as const;
      expect(await send(withdrawal, address)).toEqual({ result: "taken" });
      const trial = { note: test, ttlSeconds: LIMITS.pushTestTtlSeconds, conversation: undefined, collapse: undefined };
      expect(await send(trial, address)).toEqual({ result: "taken" });
      expect(rig.received(address)).toEqual([read, test]);
    });

    it("carries every script, and names that look like something else", async () => {
      const address = fresh();
      const note = noteOf({ sender_name: `"🦊\\ ${"ä".repeat(9)}</script>`, preview: "漢字\n\t\u0000end" });
      expect(await send({ note }, address)).toEqual({ result: "taken" });
      expect(rig.received(address)).toEqual([note]);
    });

    it("never says anything of content or address in what it made of it", async () => {
      for (const fault of faults) {
        const address = fresh();
        const outcome = JSON.stringify(await sendInto(fault, address));
        for (const secret of [...secretsOf(address), SECRET_TEXT]) expect(outcome).not.toContain(secret);
      }
    });

    const expected: Record<Fault, object> = {
      gone: { result: "gone" },
      too_large: { result: "too_large" },
      throttled: { result: "later", retryAfterMs: 7000 },
      failing: { result: "later" },
      unauthorized: { result: "later", token: true },
      hang: { result: "later" },
      reset: { result: "later" },
    };
    it.each(faults)("tells what is to be done when the service is: %s; and goes on afterwards", async (fault) => {
      expect(await sendInto(fault, fresh())).toMatchObject(expected[fault]);
      const after = fresh();
      expect(await send({}, after)).toEqual({ result: "taken" });
      expect(rig.received(after)).toEqual([noteOf()]);
    });

    it("sends nothing larger than the contract allows", async () => {
      if (faults.length === 0) return;
      const address = fresh();
      const room = LIMITS.pushNoteBytes - JSON.stringify(noteOf({ preview: "" })).length;
      expect(await send({ note: noteOf({ preview: "x".repeat(room + 1) }) }, address)).toEqual({ result: "too_large" });
      expect(await send({ note: noteOf({ preview: "ä".repeat(room) }) }, address)).toEqual({ result: "too_large" });
      expect(rig.received(address)).toEqual([]);
    });
  });
};
