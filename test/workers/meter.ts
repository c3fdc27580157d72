import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { AddressObject } from "../../src/objects/address/address-object.ts";
import { AuditObject } from "../../src/objects/audit/audit-object.ts";
import { ArchiveObject } from "../../src/objects/archive/archive-object.ts";
import { ConversationObject } from "../../src/objects/conversation/conversation-object.ts";
import { DeadLettersObject } from "../../src/objects/dead-letters/dead-letters-object.ts";
import { DirectoryObject } from "../../src/objects/directory/directory-object.ts";
import { DutiesObject } from "../../src/objects/duties/duties-object.ts";
import { FanoutObject } from "../../src/objects/fanout/fanout-object.ts";
import { JobsObject } from "../../src/objects/jobs/jobs-object.ts";
import { PushGateObject } from "../../src/objects/push-gate/push-gate-object.ts";
import { QueueObject } from "../../src/objects/queue/queue-object.ts";
import { UserObject } from "../../src/objects/user/user-object.ts";

/** What the platform bills, counted: see docs/cost.md. */
export interface Bill {
  /** Calls to objects: RPC, and upgrades. */
  requests: number;
  /** Frames that came in on sockets: twenty of them are billed as one request. */
  framesIn: number;
  /** Rows written by SQL, deletions included. */
  rows: number;
  /** Alarms that were set: each is billed as a row written. */
  alarmsSet: number;
  /** Alarms that went off: each is billed as a request. */
  alarmsRun: number;
  /** Messages put in queues. */
  queued: number;
}

const bill: Bill = { requests: 0, framesIn: 0, rows: 0, alarmsSet: 0, alarmsRun: 0, queued: 0 };
const metered = new WeakSet<DurableObjectStorage>();

const countCalls = (prototype: object, name: string, field: "requests" | "framesIn" | "alarmsRun"): void => {
  const original = Reflect.get(prototype, name) as (...args: unknown[]) => unknown;
  const counted = function counted(this: unknown, ...args: unknown[]): unknown {
    bill[field]++;
    return original.apply(this, args);
  };
  Object.defineProperty(prototype, name, { value: counted, configurable: true, writable: true });
};

const OBJECTS = [
  AddressObject,
  AuditObject,
  ArchiveObject,
  ConversationObject,
  DeadLettersObject,
  DirectoryObject,
  DutiesObject,
  FanoutObject,
  JobsObject,
  PushGateObject,
  QueueObject,
  UserObject,
];
for (const { prototype } of OBJECTS) {
  for (const name of Object.getOwnPropertyNames(prototype)) {
    if (name === "constructor" || name === "webSocketClose" || name === "webSocketError") continue;
    countCalls(prototype, name, name === "webSocketMessage" ? "framesIn" : name === "alarm" ? "alarmsRun" : "requests");
  }
}

const { PUSH_QUEUE } = env as unknown as { readonly PUSH_QUEUE: Queue };
/** What all bindings of queues have. */
const queues = Object.getPrototypeOf(PUSH_QUEUE) as object;
const sendBatch = Reflect.get(queues, "sendBatch") as (messages: MessageSendRequest[]) => unknown;
Object.defineProperty(queues, "sendBatch", {
  value: function counted(this: unknown, messages: Iterable<MessageSendRequest>): unknown {
    const all = [...messages];
    bill.queued += all.length;
    return sendBatch.call(this, all);
  },
});

/** Counts what this object writes from now on. It stays in memory meanwhile, or is metered anew. */
export const meter = (stub: DurableObjectStub): Promise<void> =>
  runInDurableObject(stub, (_instance, { storage }) => {
    if (metered.has(storage)) return;
    metered.add(storage);
    const { sql } = storage;
    const exec = sql.exec.bind(sql);
    const setAlarm = storage.setAlarm.bind(storage);
    sql.exec = <T extends Record<string, SqlStorageValue>>(query: string, ...bindings: unknown[]) => {
      const cursor = exec<T>(query, ...bindings);
      bill.rows += cursor.rowsWritten;

      return cursor;
    };
    storage.setAlarm = (...args: Parameters<typeof setAlarm>) => {
      bill.alarmsSet++;
      return setAlarm(...args);
    };
  });

/** What `work` costs. */
export const billOf = async (work: () => Promise<void>): Promise<Bill> => {
  const before = { ...bill };
  await work();
  const fields = Object.keys(before) as (keyof Bill)[];
  return Object.fromEntries(fields.map((field) => [field, bill[field] - before[field]])) as unknown as Bill;
};
