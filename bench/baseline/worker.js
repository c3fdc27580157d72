/**
 * What the benchmark compares with: the least a chat on this platform can do and still keep its word.
 * Socket → the sender's object → the conversation's object, one insert → the recipient's object → socket.
 * No inbox, no receipts, no retries, no validation beyond JSON.parse, no batching. In a room there are many
 * recipients, and the conversation's object calls each of them. And beside it, the least that bringing many entries at
 * once can be: rows are read and sent as one frame. And the least that a search can be: a row of FTS5 for each message,
 * and one query.
 */
import { DurableObject } from "cloudflare:workers";

export default {
  /** `GET /connect?user=u1` upgrades, and so does `GET /read`, once `POST /fill?rows=n` has put rows there. */
  fetch(request, env) {
    const url = new URL(request.url);
    if (url.pathname === "/healthz") return new Response("ok");
    if (url.pathname === "/find" || url.pathname === "/say") return env.FINDER.getByName("finder").fetch(request);
    if (url.pathname === "/read" || url.pathname === "/fill") return env.READER.getByName("reader").fetch(request);
    return env.USER.getByName(url.searchParams.get("user")).fetch(request);
  },
};

export class UserObject extends DurableObject {
  /** Kept, because calls on one stub arrive in the order in which they were made; those on two need not. */
  #conversations = new Map();

  constructor(ctx, env) {
    super(ctx, env);
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", "pong"));
  }

  fetch() {
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server);
    return new Response(null, { status: 101, webSocket: client });
  }

  async webSocketMessage(socket, text) {
    const { conversation_id, client_message_id, content } = JSON.parse(text);
    const conversation = this.#conversation(conversation_id);
    const { seq, timestamp } = await conversation.append(this.ctx.id.name, client_message_id, content);
    socket.send(JSON.stringify({ type: "ack", client_message_id, conversation_id, seq, timestamp }));
  }

  webSocketClose(socket) {
    socket.close();
  }

  /** `frame` is ready to be sent: the conversation wrote it once. */
  deliver(frame) {
    for (const socket of this.ctx.getWebSockets()) socket.send(frame);
  }

  #conversation(id) {
    let stub = this.#conversations.get(id);
    if (stub === undefined) this.#conversations.set(id, (stub = this.env.CONVERSATION.getByName(id)));
    return stub;
  }
}

export class ConversationObject extends DurableObject {
  #sql = this.ctx.storage.sql;
  #head;
  /** By sender: those who get what he writes. */
  #recipients = new Map();
  /** Those who get what anybody writes. */
  #everybody;

  constructor(ctx, env) {
    super(ctx, env);
    this.#sql.exec(
      `CREATE TABLE IF NOT EXISTS message (
         seq INTEGER PRIMARY KEY, sender_id TEXT NOT NULL, client_message_id TEXT NOT NULL,
         timestamp INTEGER NOT NULL, content TEXT NOT NULL)`,
    );
    this.#head = this.#sql.exec("SELECT coalesce(max(seq), 0) AS head FROM message").one().head;
    // A pair is named by its two users, a room by what its users' names begin with and how many they are.
    const [first, second] = ctx.id.name.split("~");
    const count = Number(second);
    if (Number.isNaN(count))
      this.#recipients.set(first, [env.USER.getByName(second)]).set(second, [env.USER.getByName(first)]);
    else this.#everybody = Array.from({ length: count }, (_, index) => env.USER.getByName(first + index));
  }

  /** Both the answer and the calls to the recipients wait in the output gate until the row is on disk. */
  append(sender_id, client_message_id, content) {
    const seq = ++this.#head;
    const timestamp = Date.now();
    this.#sql.exec("INSERT INTO message VALUES (?, ?, ?, ?, ?)", seq, sender_id, client_message_id, timestamp, content);
    const entry = { seq, sender_id, client_message_id, timestamp, content };
    const frame = JSON.stringify({ type: "entry", conversation_id: this.ctx.id.name, entry });
    for (const recipient of this.#everybody ?? this.#recipients.get(sender_id)) void recipient.deliver(frame);
    return { seq, timestamp };
  }
}

/** Everything there is, in one frame: when somebody connects, and whenever he asks. */
export class ReaderObject extends DurableObject {
  #sql = this.ctx.storage.sql;

  fetch(request) {
    const url = new URL(request.url);
    if (url.pathname === "/fill") return this.#fill(Number(url.searchParams.get("rows")));
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server);
    server.send(this.#all());
    return new Response(null, { status: 101, webSocket: client });
  }

  webSocketMessage(socket) {
    socket.send(this.#all());
  }

  webSocketClose(socket) {
    socket.close();
  }

  #all() {
    return JSON.stringify(this.#sql.exec("SELECT * FROM message ORDER BY seq").toArray());
  }

  /** Of about the size that the product's entries have. */
  #fill(rows) {
    this.#sql.exec(
      `CREATE TABLE message (
         seq INTEGER PRIMARY KEY, message_id TEXT NOT NULL, sender_id TEXT NOT NULL, client_message_id TEXT NOT NULL,
         timestamp TEXT NOT NULL, type TEXT NOT NULL, content TEXT NOT NULL)`,
    );
    const timestamp = new Date().toISOString();
    for (let seq = 1; seq <= rows; seq++) {
      const id = crypto.randomUUID();
      const content = `${seq} a line of text about as long as what people write to each other`;
      const row = [seq, id.slice(10), `friend${seq % 200}`, id, timestamp, "text", content];
      this.#sql.exec("INSERT INTO message VALUES (?, ?, ?, ?, ?, ?, ?)", ...row);
    }
    return new Response(null, { status: 204 });
  }
}

/** `POST /say` puts messages there, `GET /find?match=` or `?sender=` gives the newest of those that are found. */
export class FinderObject extends DurableObject {
  #sql = this.ctx.storage.sql;

  constructor(ctx, env) {
    super(ctx, env);
    this.#sql.exec(
      `CREATE TABLE IF NOT EXISTS message (
         seq INTEGER PRIMARY KEY, sender_id TEXT NOT NULL, timestamp INTEGER NOT NULL, content TEXT NOT NULL);
       CREATE VIRTUAL TABLE IF NOT EXISTS found USING fts5 (content, content = '')`,
    );
  }

  async fetch(request) {
    if (request.method === "POST") {
      for (const [seq, sender, content] of await request.json()) {
        this.#sql.exec("INSERT INTO message VALUES (?, ?, ?, ?)", seq, sender, Date.now(), content);
        this.#sql.exec("INSERT INTO found (rowid, content) VALUES (?, ?)", seq, content);
      }
      return new Response(null, { status: 204 });
    }
    const { searchParams } = new URL(request.url);
    const limit = Number(searchParams.get("limit"));
    const match = searchParams.get("match");
    const rows =
      match === null
        ? this.#sql.exec(
            "SELECT * FROM message WHERE sender_id = ? ORDER BY seq DESC LIMIT ?",
            searchParams.get("sender"),
            limit,
          )
        : this.#sql.exec(
            `SELECT * FROM message WHERE seq IN
               (SELECT rowid FROM found WHERE found MATCH ? ORDER BY rowid DESC LIMIT ?) ORDER BY seq DESC`,
            match,
            limit,
          );
    return Response.json({ results: rows.toArray() });
  }
}
