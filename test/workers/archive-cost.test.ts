import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { NO_INBOX } from "../../src/core/inbox/inbox.ts";
import type { ConversationObject } from "../../src/objects/conversation/conversation-object.ts";
import { LIMITS } from "../../src/shared/limits.ts";
import type { Bill } from "./meter.ts";
import { billOf, meter } from "./meter.ts";
import { direct, env, tokenFor, uuidV7 } from "./people.ts";

const MESSAGES = 2000;
const HOT = 500;
const rest = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** What is kept at hand, of this one object. */
const withHorizon = (stub: DurableObjectStub<ConversationObject>, entries: number): Promise<void> =>
  runInDurableObject(stub, (instance) => {
    const given = Reflect.get(instance, "env") as object;
    Reflect.set(instance, "env", { ...given, HOT_ENTRIES: String(entries), HOT_DAYS: "0" });
  });

describe("what the archive costs", () => {
  it(
    `[COST-13] archiving and pruning of ${MESSAGES} messages: at most 0.1 row each, and nothing on their way`,
    { timeout: 120_000 },
    async () => {
      const [ann] = [await tokenFor("arch-ann"), await tokenFor("arch-bob")];
      const { conversation_id } = await direct(ann, "arch-bob");
      const conversation = env.CONVERSATION.getByName(conversation_id);
      const send = async (count: number): Promise<void> => {
        for (let sent = 0; sent < count; sent += 50) {
          const writes = Array.from({ length: 50 }, () => ({
            conversation_id,
            client_message_id: uuidV7(),
            type: "text" as const,
            content: "a message of usual length, as people write them",
          }));
          const { results } = await conversation.append({ user: "arch-ann", writes, inbox: NO_INBOX, at: Date.now() });
          for (const result of results) expect(result.ok).toBe(true);
        }
      };
      await rest(LIMITS.outboxCalmMs);
      await runDurableObjectAlarm(conversation);
      await evictDurableObject(conversation);
      await withHorizon(conversation, HOT);
      await meter(conversation);
      const pause = LIMITS.outboxCalmMs + LIMITS.inboxFlushMs;
      const sending: Bill[] = [];
      const keeping: Bill[] = [];
      // A generation follows the other: what is pruned is the one before the last.
      for (let sent = 0; sent < MESSAGES; sent += HOT) {
        sending.push(await billOf(() => send(HOT)));
        await rest(pause);
        keeping.push(
          await billOf(async () => {
            for (let rings = 0; rings < 3; rings++) {
              await runDurableObjectAlarm(conversation);
              await rest(LIMITS.archivePauseMs);
            }
          }),
        );
      }
      const { archived, pruned } = await runInDurableObject(conversation, (_instance, { storage }) =>
        storage.sql.exec<{ archived: number; pruned: number }>("SELECT archived, pruned FROM conversation").one(),
      );
      expect(archived).toBeGreaterThan(MESSAGES - LIMITS.archiveBatch);
      expect(pruned).toBeGreaterThan(0);
      const sum = (bills: readonly Bill[], field: keyof Bill): number =>
        bills.reduce((all, bill) => all + bill[field], 0);
      const [rows, alarmsSet] = [sum(keeping, "rows"), sum(keeping, "alarmsSet")];
      const [requests, alarmsRun] = [sum(keeping, "requests"), sum(keeping, "alarmsRun")];
      const each = (count: number): number => Math.round((count / MESSAGES) * 10_000) / 10_000;
      console.log(
        `cost archiving and pruning of ${MESSAGES} messages, up to ${archived} and ${pruned}, per message: ${each(rows + alarmsSet)} rows written ` +
          `(${rows} and ${alarmsSet} alarms set in all, search and settling included), ${each(requests)} object requests, ${each(alarmsRun)} alarms`,
      );
      // One row each, and alarms.
      expect(sum(sending, "rows")).toBeLessThanOrEqual(MESSAGES + 40);
      expect((rows + alarmsSet) / MESSAGES).toBeLessThanOrEqual(0.1);
    },
  );
});
