import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createPool } from "mysql2/promise";
import type { FieldPacket, Pool, ResultSetHeader } from "mysql2/promise";
import { listen, play, readBody, Troubles } from "../push/double.ts";
import { Sessions } from "./sessions.ts";
import type { WireSession } from "./sessions.ts";
import { errorOf, fieldOf, rowOf } from "./wire.ts";

export interface ServiceOptions {
  /** The socket of the MariaDB behind it. */
  readonly socket: string;
  /** How long a transaction may take: 20 s at the service. */
  readonly transactionMs?: number;
  /** How many rows one statement may answer or change. */
  readonly rowsMax?: number;
  /** How large a statement may be. */
  readonly statementBytes?: number;
}

interface Call {
  readonly query?: string;
  readonly session?: WireSession | null;
}

const USER = "parley_user";
const PASSWORD = "pscale_pw_0123456789";
const PATH = "/psdb.v1alpha1.Database/";
/** Without what is quoted: what is left are the statement's own words. */
const wordsOf = (query: string): string => query.replaceAll(/'(?:[^'\\]|\\.|'')*'|`[^`]*`/gs, "?");

/**
 * PlanetScale's HTTP protocol before a MariaDB, with its habits: errors in an answer of 200, their number in the text,
 * bounds of rows, of statements and of the time that a transaction takes, and no RETURNING.
 */
export class PlanetScale {
  readonly troubles = new Troubles();
  /** Statements that were run, in order, without what was quoted in them. */
  readonly statements: string[] = [];
  largest = 0;
  /** The next statements are run, and nobody hears of it. */
  loseAnswers = 0;
  /** The next statements meet this error of MySQL's: number and text. */
  readonly errors: [errno: number, message: string][] = [];
  readonly #server: Server;
  readonly #pool: Pool;
  readonly #sessions: Sessions;
  readonly #options: Required<ServiceOptions>;
  #port = 0;

  private constructor(options: ServiceOptions) {
    this.#options = { transactionMs: 20_000, rowsMax: 100_000, statementBytes: 16 * 1024 * 1024, ...options };
    this.#pool = createPool({
      socketPath: options.socket,
      user: "root",
      database: "parley",
      charset: "utf8mb4_general_ci",
      connectionLimit: 24,
    });
    this.#sessions = new Sessions(this.#pool, this.#options.transactionMs);
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch((error: unknown) => response.destroy(error as Error));
    });
  }

  static async start(options: ServiceOptions): Promise<PlanetScale> {
    const service = new PlanetScale(options);
    service.#port = await listen(service.#server);
    return service;
  }

  /** What a server is told of it. */
  get url(): string {
    return `http://${USER}:${PASSWORD}@127.0.0.1:${this.#port}/parley`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await this.#sessions.stop();
    await this.#pool.end().catch(() => undefined);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request);
    const trouble = this.troubles.take();
    if (trouble !== undefined) return play(trouble, response);
    const known = `Basic ${Buffer.from(`${USER}:${PASSWORD}`).toString("base64")}`;
    if (request.headers.authorization !== known) {
      response.writeHead(401, { "content-type": "text/plain" }).end("Unauthorized");
      return;
    }
    const method = request.url?.startsWith(PATH) ? request.url.slice(PATH.length) : "";
    const answer = await this.#call(method, JSON.parse(body.toString()) as Call);
    if (this.loseAnswers > 0) {
      this.loseAnswers--;
      response.socket?.resetAndDestroy();
      return;
    }
    response.writeHead(answer ? 200 : 404, { "content-type": "application/json" }).end(JSON.stringify(answer ?? {}));
  }

  async #call(method: string, { query = "", session }: Call): Promise<object | undefined> {
    const id = this.#sessions.of(session);
    if (method === "CreateSession") return { session: this.#sessions.shown(id) };
    if (method === "CloseSession") {
      await this.#sessions.end(id, "ROLLBACK");
      return {};
    }
    if (method !== "Execute") return undefined;
    try {
      const result = await this.#execute(id, query);
      return { session: this.#sessions.shown(id), result, timing: 0.001 };
    } catch (error) {
      return { session: this.#sessions.shown(id), error: errorOf(error, query), timing: 0.001 };
    }
  }

  async #execute(id: string, query: string): Promise<object> {
    this.largest = Math.max(this.largest, Buffer.byteLength(query));
    const words = wordsOf(query);
    this.statements.push(words);
    this.#refuse(id, query, words);
    const verb = /^\s*(begin|commit|rollback)\s*;?\s*$/i.exec(query)?.[1]?.toUpperCase();
    if (verb === "BEGIN") await this.#sessions.begin(id);
    else if (verb === "COMMIT" || verb === "ROLLBACK") await this.#sessions.end(id, verb);
    return verb === undefined ? this.#run(id, query) : { rowsAffected: "0", insertId: "0", fields: [], rows: [] };
  }

  /** What the service does not do, and MariaDB would. */
  #refuse(id: string, query: string, words: string): void {
    const wrong = (errno: number, sqlMessage: string): Error => Object.assign(new Error(), { errno, sqlMessage });
    const [planned] = this.errors.splice(0, 1);
    if (planned) throw wrong(...planned);
    if (this.#sessions.tookTooLong(id)) {
      throw wrong(1213, `transaction ${id}: ended at a time that is over (exceeded timeout: 20s)`);
    }
    if (/\breturning\b/i.test(words)) throw wrong(1105, "syntax error at position 42 near 'returning'");
    if (/\bforeign\s+key\b/i.test(words)) throw wrong(1105, "VT10001: foreign key constraints are not allowed");
    if (Buffer.byteLength(query) > this.#options.statementBytes) {
      throw wrong(1105, "trying to send message larger than max");
    }
  }

  async #run(id: string, query: string): Promise<object> {
    const [result, fields] = (await this.#sessions
      .connectionOf(id)
      .query({ sql: query, rowsAsArray: true, typeCast: (field) => field.buffer() })) as [
      ResultSetHeader | (Buffer | null)[][],
      FieldPacket[] | undefined,
    ];
    const rows = Array.isArray(result) ? result.length : result.affectedRows;
    if (rows > this.#options.rowsMax) {
      throw Object.assign(new Error(), { errno: 10_001, sqlMessage: `Row count exceeded ${this.#options.rowsMax}` });
    }
    if (!Array.isArray(result)) {
      return { rowsAffected: String(result.affectedRows), insertId: String(result.insertId), fields: [], rows: [] };
    }
    return { rowsAffected: "0", insertId: "0", fields: (fields ?? []).map(fieldOf), rows: result.map(rowOf) };
  }
}
