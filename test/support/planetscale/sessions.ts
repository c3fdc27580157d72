import { randomUUID } from "node:crypto";
import type { Connection, Pool } from "mysql2/promise";

/** What travels with each request. What is in it is nobody's business but the service's. */
export interface WireSession {
  readonly signature: string;
  readonly vitessSession: { readonly autocommit: true; readonly inTransaction: boolean };
}

interface Transaction {
  readonly connection: Connection & { release(): void };
  timer: NodeJS.Timeout;
}

/** The transactions that are open: each holds a connection, and not for long. */
export class Sessions {
  readonly #pool: Pool;
  readonly #timeoutMs: number;
  readonly #open = new Map<string, Transaction>();
  /** Those that took too long, until somebody hears of it. */
  readonly #late = new Set<string>();

  constructor(pool: Pool, timeoutMs: number) {
    this.#pool = pool;
    this.#timeoutMs = timeoutMs;
  }

  /** A plain statement has a session of its own, which ends with it. */
  of(session: WireSession | null | undefined): string {
    return session?.signature ?? randomUUID();
  }

  shown(id: string): WireSession {
    return { signature: id, vitessSession: { autocommit: true, inTransaction: this.#open.has(id) } };
  }

  /** Whether its transaction was ended because it took too long: told once. */
  tookTooLong(id: string): boolean {
    return this.#late.delete(id);
  }

  /** Where its next statement is to run. */
  connectionOf(id: string): Connection | Pool {
    return this.#open.get(id)?.connection ?? this.#pool;
  }

  async begin(id: string): Promise<void> {
    await this.end(id, "ROLLBACK");
    const connection = await this.#pool.getConnection();
    await connection.query("BEGIN");
    const timer = setTimeout(() => {
      this.#late.add(id);
      void this.end(id, "ROLLBACK").catch(() => undefined);
    }, this.#timeoutMs);
    this.#open.set(id, { connection, timer });
  }

  async end(id: string, how: "COMMIT" | "ROLLBACK"): Promise<void> {
    const transaction = this.#open.get(id);
    if (!transaction) return;
    this.#open.delete(id);
    clearTimeout(transaction.timer);
    try {
      await transaction.connection.query(how);
    } finally {
      transaction.connection.release();
    }
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#open.keys()].map((id) => this.end(id, "ROLLBACK").catch(() => undefined)));
  }
}
