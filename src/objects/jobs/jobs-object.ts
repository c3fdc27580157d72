import { DurableObject } from "cloudflare:workers";
import { Alarm } from "../../core/alarm.ts";
import { ErasureJob } from "../../core/personal/erasure-job.ts";
import type { ErasureWish } from "../../core/personal/erasure-job.ts";
import { ExportJob } from "../../core/personal/export-job.ts";
import type { ExportWish } from "../../core/personal/export-job.ts";
import { ImportRegister } from "../../core/import/register.ts";
import type { Foreign } from "../../core/import/register.ts";
import { openStore } from "../../core/store.ts";
import { blobsOf } from "../../platform/blobs.ts";
import { DurableSql } from "../../platform/durable-sql.ts";
import { gzip, sha256Of } from "../../platform/gzip.ts";
import { systemClock } from "../../platform/world.ts";
import type { JobsBindings } from "../../rpc/bindings.ts";
import type { ExportFile, JobsRpc } from "../../rpc/jobs-rpc.ts";
import type { ConversationId } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";
import type { DataExport, Erasure } from "../../shared/protocol/http-data.ts";
import type { Result } from "../../shared/result.ts";
import { erasureReach } from "./erasure-reach.ts";
import { exportSource } from "./export-source.ts";
import { JOBS_MIGRATIONS } from "./migrations.ts";

/** What an operator began that takes longer than a call. Its name says what: `import/<source>`, `export/<id>`, `erasure/<id>`. */
export class JobsObject extends DurableObject<JobsBindings> implements JobsRpc {
  readonly #imports: ImportRegister;
  readonly #export: ExportJob;
  readonly #erasure: ErasureJob;
  readonly #alarm: Alarm;

  constructor(ctx: DurableObjectState, env: JobsBindings) {
    super(ctx, env);
    const sql = openStore(new DurableSql(ctx.storage), JOBS_MIGRATIONS);
    const waits = (): void => this.#alarm.changed();
    this.#imports = new ImportRegister(sql);
    this.#export = new ExportJob({
      sql,
      clock: systemClock,
      source: exportSource(env),
      blobs: (region) => blobsOf(env, region),
      gzip,
      sha256: sha256Of,
      waits,
    });
    this.#erasure = new ErasureJob({
      sql,
      clock: systemClock,
      reach: erasureReach(env),
      archiveBackupDays: Number(env.ARCHIVE_BACKUP_DAYS ?? LIMITS.archiveBackupDays),
      waits,
    });
    this.#alarm = new Alarm([this.#export, this.#erasure], (at) =>
      ctx.waitUntil(ctx.storage.setAlarm(Math.max(at, 1))),
    );
  }

  async registerImports(foreign: readonly Foreign[]): Promise<readonly (ConversationId | undefined)[]> {
    return this.#imports.register(foreign);
  }

  async beginExport(wish: ExportWish): Promise<Result<DataExport>> {
    return this.#export.begin(wish);
  }

  async exportState(): Promise<Result<DataExport>> {
    return this.#export.state();
  }

  async exportFile(): Promise<Result<ExportFile>> {
    return this.#export.file();
  }

  async beginErasure(wish: ErasureWish): Promise<Result<Erasure>> {
    return this.#erasure.begin(wish);
  }

  async erasureState(): Promise<Result<Erasure>> {
    return this.#erasure.state();
  }

  override async alarm(): Promise<void> {
    await this.#alarm.ring(systemClock.now());
  }
}
