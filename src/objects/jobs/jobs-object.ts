import { DurableObject } from "cloudflare:workers";
import { ImportRegister } from "../../core/import/register.ts";
import type { Foreign } from "../../core/import/register.ts";
import { openStore } from "../../core/store.ts";
import { DurableSql } from "../../platform/durable-sql.ts";
import type { JobsRpc } from "../../rpc/jobs-rpc.ts";
import type { ConversationId } from "../../shared/ids.ts";
import { JOBS_MIGRATIONS } from "./migrations.ts";

/** What an operator began that takes longer than a call. Its name says what: `import/<source>`. */
export class JobsObject extends DurableObject<object> implements JobsRpc {
  readonly #imports: ImportRegister;

  constructor(ctx: DurableObjectState, env: object) {
    super(ctx, env);
    this.#imports = new ImportRegister(openStore(new DurableSql(ctx.storage), JOBS_MIGRATIONS));
  }

  async registerImports(foreign: readonly Foreign[]): Promise<readonly (ConversationId | undefined)[]> {
    return this.#imports.register(foreign);
  }
}
