import type { ConversationId, UserId } from "../../shared/ids.ts";
import { LIMITS } from "../../shared/limits.ts";
import type { DataExport } from "../../shared/protocol/http-data.ts";
import { refuse } from "../../shared/result.ts";
import type { Result } from "../../shared/result.ts";
import { toIso } from "../../shared/time.ts";
import type { Appointment } from "../alarm.ts";
import type { BlobStore } from "../blobs/blob-store.ts";
import type { Clock, Sql } from "../ports.ts";

/** What of a conversation is read, in this order. */
export const EXPORT_STAGES = ["about", "members", "scheduled", "messages"] as const;
export type ExportStage = (typeof EXPORT_STAGES)[number];

export interface ExportWish {
  readonly export_id: string;
  readonly user_id: UserId;
  readonly include: "own" | "readable";
  readonly reason?: string | undefined;
  /** Where the file is put. */
  readonly region: string;
}

/** A piece of what is read: lines of JSON, and where it goes on; `undefined`: that was all. */
export interface ExportPiece {
  readonly lines: readonly string[];
  readonly next?: string | undefined;
}

/** Where an export is read from. A throw means that it could not be reached, and is asked again. */
export interface ExportSource {
  person(
    user: UserId,
  ): Promise<{ readonly lines: readonly string[]; readonly conversations: readonly ConversationId[] }>;
  conversation(
    wish: Pick<ExportWish, "user_id" | "include">,
    id: ConversationId,
    stage: ExportStage,
    cursor: string | undefined,
  ): Promise<ExportPiece>;
}

export interface ExportDeps {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly source: ExportSource;
  /** `undefined`: this server has nowhere to put files. */
  blobs(region: string): BlobStore | undefined;
  gzip(text: string): Promise<Uint8Array>;
  /** In hexadecimal, of all of them behind each other. */
  sha256(parts: AsyncIterable<Uint8Array>): Promise<string>;
  /** There is something to be done at another time. */
  waits(): void;
}

interface Row {
  export_id: string;
  user_id: UserId;
  include: "own" | "readable";
  reason: string | null;
  region: string;
  status: "running" | "done" | "failed" | "expired";
  requested_at: number;
  place: number;
  stage: ExportStage | typeof SEAL | null;
  cursor: string | null;
  lines: number;
  failures: number;
  next_at: number;
  finished_at: number | null;
  sha256: string | null;
}

const COLUMNS =
  "export_id, user_id, include, reason, region, status, requested_at, place, stage, cursor, lines, failures, next_at, finished_at, sha256";
/** Everything is read; the whole is summed up. */
const SEAL = "seal";

/** The key of a part. Their order is that of their names. */
export const exportKey = (id: string, part: number): string => `exports/${id}/${String(part).padStart(6, "0")}.gz`;

/** What was read for the next part. */
interface Gathered {
  readonly lines: string[];
  bytes: number;
  calls: number;
}

/**
 * One export of a person's data, step by step: what is read makes a part, which is put into its place before it is noted
 * that it is there. A step that a crash interrupts is done again, under the same name.
 */
export class ExportJob implements Appointment {
  readonly #deps: ExportDeps;

  constructor(deps: ExportDeps) {
    this.#deps = deps;
  }

  /** The same export again is the same. */
  begin({ export_id, user_id, include, reason, region }: ExportWish): Result<DataExport> {
    const { sql, clock } = this.#deps;
    const known = this.#row();
    if (known && (known.user_id !== user_id || known.include !== include))
      return refuse("conflict", "unable to export; there is another export of this name");
    if (!known) {
      if (!this.#deps.blobs(region))
        return refuse("unsupported", "unable to export; this server has nowhere to put files");
      const now = clock.now();
      sql.run(
        `INSERT INTO export (one, export_id, user_id, include, reason, region, status, requested_at, next_at)
         VALUES (1, ?, ?, ?, ?, ?, 'running', ?, ?)`,
        export_id,
        user_id,
        include,
        reason ?? null,
        region,
        now,
        now,
      );
      this.#deps.waits();
    }
    return this.state();
  }

  state(): Result<DataExport> {
    const row = this.#row();
    if (!row) return refuse("not_found", "unable to find the export");
    const { sql } = this.#deps;
    const of = sql.all<{ of: number }>("SELECT COUNT(*) AS of FROM export_conversations")[0]?.of ?? 0;
    const parts = this.parts();
    const isOver = row.finished_at !== null;
    return {
      ok: true,
      value: {
        export_id: row.export_id,
        user_id: row.user_id,
        include: row.include,
        status: row.status,
        done: Math.max(0, Math.min(row.place - 1, of)),
        ...(row.place > 0 ? { of } : {}),
        bytes: parts.reduce((sum, bytes) => sum + bytes, 0),
        parts: parts.length,
        ...(row.sha256 === null ? {} : { sha256: row.sha256 }),
        ...(row.reason === null ? {} : { reason: row.reason }),
        requested_at: toIso(row.requested_at),
        ...(isOver ? { finished_at: toIso(row.finished_at ?? 0) } : {}),
        ...(row.status === "done" ? { expires_at: toIso(row.next_at) } : {}),
      },
    };
  }

  /** Bytes of each part of the file. */
  parts(): number[] {
    return this.#deps.sql
      .all<{ bytes: number }>("SELECT bytes FROM export_parts ORDER BY part")
      .map(({ bytes }) => bytes);
  }

  /** The parts of a file that is whole, and where they are. */
  file(): Result<{ readonly region: string; readonly parts: readonly number[] }> {
    const row = this.#row();
    if (row?.status === "done") return { ok: true, value: { region: row.region, parts: this.parts() } };
    return row?.status === "running"
      ? refuse("conflict", "unable to read the file; it is not whole yet")
      : refuse("not_found", "unable to find the file");
  }

  nextAt(): number {
    const row = this.#row();
    return row && (row.status === "running" || row.status === "done") ? row.next_at : Infinity;
  }

  async ring(now: number): Promise<void> {
    const row = this.#row();
    if (!row) return;
    try {
      await (row.status === "done" ? this.#expire(row) : this.#step(row));
    } catch {
      this.#failed(row, now);
    }
  }

  #row(): Row | undefined {
    return this.#deps.sql.all<Row>(`SELECT ${COLUMNS} FROM export WHERE one = 1`)[0];
  }

  #store({ region }: Row): BlobStore {
    const blobs = this.#deps.blobs(region);
    if (!blobs) throw new Error("unable to export; there is nowhere to put files");
    return blobs;
  }

  #step(row: Row): Promise<void> {
    if (row.stage === SEAL) return this.#seal(row);
    return row.place === 0 ? this.#person(row) : this.#conversations(row);
  }

  /** First of all himself, and which conversations there are: those that come later are not in it. */
  async #person(row: Row): Promise<void> {
    const { lines, conversations } = await this.#deps.source.person(row.user_id);
    const { export_id, user_id, include, requested_at } = row;
    const head = { kind: "export", format: 1, export_id, user_id, include, requested_at: toIso(requested_at) };
    await this.#commit(row, [JSON.stringify(head), ...lines], { place: 1, stage: null, cursor: null }, () => {
      for (const [index, id] of conversations.entries())
        this.#deps.sql.run("INSERT INTO export_conversations (place, conversation_id) VALUES (?, ?)", index + 1, id);
    });
  }

  /** As many pieces as make a part, or as one step takes. */
  async #conversations(row: Row): Promise<void> {
    const gathered: Gathered = { lines: [], bytes: 0, calls: 0 };
    let { place, cursor } = row;
    let stage = row.stage === SEAL ? null : row.stage;
    while (gathered.bytes < LIMITS.exportPartBytes && gathered.calls < LIMITS.exportStepCalls) {
      const id = this.#conversation(place);
      if (id === undefined) return this.#last(row, gathered.lines, place);
      const reading = stage ?? EXPORT_STAGES[0];
      const piece = await this.#deps.source.conversation(row, id, reading, cursor ?? undefined);
      gathered.calls++;
      for (const line of piece.lines) {
        gathered.lines.push(line);
        gathered.bytes += line.length + 1;
      }
      cursor = piece.next ?? null;
      stage = piece.next === undefined ? (EXPORT_STAGES[EXPORT_STAGES.indexOf(reading) + 1] ?? null) : reading;
      if (stage === null) place++;
    }
    await this.#commit(row, gathered.lines, { place, stage, cursor });
  }

  #conversation(place: number): ConversationId | undefined {
    return this.#deps.sql.all<{ conversation_id: ConversationId }>(
      "SELECT conversation_id FROM export_conversations WHERE place = ?",
      place,
    )[0]?.conversation_id;
  }

  /** That nothing is cut off shows at the end of the file. */
  #last(row: Row, lines: readonly string[], place: number): Promise<void> {
    const end = JSON.stringify({ kind: "end", lines: row.lines + lines.length + 1 });
    return this.#commit(row, [...lines, end], { place, stage: SEAL, cursor: null });
  }

  async #commit(
    row: Row,
    lines: readonly string[],
    next: Pick<Row, "place" | "stage" | "cursor">,
    besides: () => void = () => undefined,
  ): Promise<void> {
    const { sql, clock } = this.#deps;
    const part = this.parts().length;
    const bytes = lines.length === 0 ? undefined : await this.#deps.gzip(lines.map((line) => `${line}\n`).join(""));
    if (bytes) await this.#store(row).put(exportKey(row.export_id, part), bytes);
    sql.transaction(() => {
      if (bytes) sql.run("INSERT INTO export_parts (part, bytes) VALUES (?, ?)", part, bytes.byteLength);
      sql.run(
        "UPDATE export SET place = ?, stage = ?, cursor = ?, lines = lines + ?, failures = 0, next_at = ? WHERE one = 1",
        next.place,
        next.stage,
        next.cursor,
        lines.length,
        clock.now(),
      );
      besides();
    });
  }

  async #seal(row: Row): Promise<void> {
    const blobs = this.#store(row);
    const count = this.parts().length;
    const sha256 = await this.#deps.sha256(
      (async function* parts() {
        for (let part = 0; part < count; part++) {
          const bytes = await blobs.get(exportKey(row.export_id, part));
          if (!bytes) throw new Error(`unable to export; part ${part} is gone`);
          yield bytes;
        }
      })(),
    );
    const now = this.#deps.clock.now();
    this.#deps.sql.run(
      "UPDATE export SET status = 'done', sha256 = ?, finished_at = ?, next_at = ? WHERE one = 1",
      sha256,
      now,
      now + LIMITS.exportKeepMs,
    );
  }

  /** The file is thrown away: what is known of it stays. */
  async #expire(row: Row): Promise<void> {
    const blobs = this.#store(row);
    for (const part of this.parts().keys()) await blobs.delete(exportKey(row.export_id, part));
    this.#deps.sql.run("UPDATE export SET status = 'expired' WHERE one = 1");
  }

  /** It is tried again, ever more rarely, and given up after a day. */
  #failed({ status, failures, requested_at }: Row, now: number): void {
    const wait = Math.min(LIMITS.jobRetryMs * 2 ** failures, LIMITS.jobRetryMaxMs);
    const isHopeless = status === "running" && now - requested_at > LIMITS.jobPatienceMs;
    this.#deps.sql.run(
      "UPDATE export SET failures = failures + 1, next_at = ?, status = ?, finished_at = ? WHERE one = 1",
      now + wait,
      isHopeless ? "failed" : status,
      isHopeless ? now : null,
    );
  }
}
