import type { Sql, SqlValue } from "../../src/core/ports.ts";
import type { NodeSql } from "../unit/node-sql.ts";

/** What was sent and has not arrived: it arrives in any order, also when its sender is long dead, or never does. */
interface Message {
  deliver(): void;
  lose(): void;
}

/** One life of an object: once it is over nothing of it reaches the disk any more, and whoever waits for it is told. */
class Life implements Sql {
  readonly #sql: Sql;
  readonly waiting = new Set<() => void>();
  isOver = false;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  all<Row>(statement: string, ...bindings: readonly SqlValue[]): Row[] {
    return this.#alive.all(statement, ...bindings);
  }

  run(statement: string, ...bindings: readonly SqlValue[]): void {
    this.#alive.run(statement, ...bindings);
  }

  transaction<T>(work: () => T): T {
    return this.#alive.transaction(work);
  }

  end(): void {
    this.isOver = true;
    for (const tell of this.waiting) tell();
  }

  get #alive(): Sql {
    if (this.isOver) throw new Error("this life is over");
    return this.#sql;
  }
}

/** An object: what is on its disk, and the life that it lives. */
export class Host<T> {
  readonly sql: NodeSql;
  readonly #make: (sql: Sql) => T;
  life: Life;
  service: T;

  constructor(sql: NodeSql, make: (sql: Sql) => T) {
    this.sql = sql;
    this.#make = make;
    this.life = new Life(sql);
    this.service = make(this.life);
  }

  crash(): void {
    this.life.end();
    this.life = new Life(this.sql);
    this.service = this.#make(this.life);
  }
}

/** Calls between objects: each way of each call arrives when it is told to, or is lost. */
export class Post {
  readonly #messages: Message[] = [];

  /** What is under way. */
  get waiting(): number {
    return this.#messages.length;
  }

  call<T, R>(host: Host<T>, use: (service: T) => Promise<R>): Promise<R> {
    return new Promise((resolve, reject) => {
      const lose = (): void => reject(new Error("lost"));
      const deliver = async (): Promise<void> => {
        const { life, service } = host;
        life.waiting.add(lose);
        try {
          const value = await use(service);
          if (!life.isOver) this.#messages.push({ deliver: () => resolve(value), lose });
        } catch {
          lose();
        } finally {
          life.waiting.delete(lose);
        }
      };
      this.#messages.push({ deliver: () => void deliver(), lose });
    });
  }

  /** Any of them, by a number; none when nothing is under way. */
  take(index: number): Message | undefined {
    return this.#messages.splice(index % Math.max(1, this.#messages.length), 1)[0];
  }
}
