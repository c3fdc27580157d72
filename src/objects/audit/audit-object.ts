import { DurableObject } from "cloudflare:workers";
import { AuditLog } from "../../core/audit/audit-log.ts";
import type { AuditNote } from "../../core/audit/audit-log.ts";
import { openStore } from "../../core/store.ts";
import { DurableSql } from "../../platform/durable-sql.ts";
import { log } from "../../platform/telemetry.ts";
import { systemClock } from "../../platform/world.ts";
import type { AuditRpc } from "../../rpc/audit-rpc.ts";
import type { AuditHead } from "../../shared/audit-chain.ts";
import { AUDIT_MIGRATIONS } from "./migrations.ts";

/** The audit log of a deployment. */
export class AuditObject extends DurableObject<object> implements AuditRpc {
  readonly #log: AuditLog;

  constructor(ctx: DurableObjectState, env: object) {
    super(ctx, env);
    this.#log = new AuditLog(openStore(new DurableSql(ctx.storage), AUDIT_MIGRATIONS), systemClock);
  }

  /** Its head goes to the server's log, outside of what whoever has this store in his hands could write anew. */
  async append(note: AuditNote): Promise<AuditHead> {
    const { index, hash } = this.#log.append(note);
    log({ event: "audit_head", index, hash });
    return { index, hash };
  }

  async page(after: number, limit?: number): Promise<string> {
    return this.#log.page(after, limit);
  }

  async head(): Promise<AuditHead> {
    return this.#log.head;
  }
}
