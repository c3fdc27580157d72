import { realEnvironment } from "../environment.ts";
import type { ClientOptions } from "../api.ts";
import { refusalOf, Rest } from "../rest.ts";
import { TokenSource } from "../token-source.ts";
import { uuidV7 } from "../uuid.ts";
import { verifyAudit } from "./audit.ts";
import type { AuditOptions, AuditVerdict } from "./audit.ts";
import { CALLS } from "./calls.ts";
import type { AdminAnswer, AdminCall, AdminInput, Item, ListCall, Listed } from "./calls.ts";

export interface AdminOptions extends Pick<ClientOptions, "fetch"> {
  /** Origin of the server, such as `https://chat.example.org`. */
  readonly url: string;
  /** Gives a token with the scope `admin` that is valid now. */
  readonly getToken: () => Promise<string> | string;
}

interface Parts {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: unknown;
}

const NOUNS: Listed = { adminHolds: "holds", adminHeld: "held", adminDeadLetters: "dead_letters" };

/** Not one that the server knows by a name or that has the same effect again: what came of it is looked at first. */
const ONCE: ReadonlySet<AdminCall> = new Set(["adminRestore"]);

const pathOf = (call: AdminCall, params: Parts["params"]): string =>
  CALLS[call][1].replaceAll(/\{(\w+)\}/g, (_whole, name: string) => encodeURIComponent(params?.[name] ?? ""));

/** A name for an act (a hold, an export, an erasure): made before the first try, so that the second one is the same act. */
export const newActId = (): string => uuidV7(Date.now());

/** What whoever runs a server does with it (docs/protocol.md §10). Refusals are `ParleyError`s. */
export class AdminClient {
  readonly #rest: Rest;
  readonly #tokens: TokenSource;
  readonly #options: AdminOptions;

  constructor(options: AdminOptions) {
    const environment = realEnvironment(options);
    this.#options = options;
    this.#tokens = new TokenSource(options.getToken, environment);
    this.#rest = new Rest(() => options.url, this.#tokens, environment);
  }

  /** One call. A server that is busy or out of reach is asked a few times. */
  call<N extends AdminCall>(name: N, input: AdminInput<N>): Promise<AdminAnswer<N>> {
    const { params, query, body } = input as Parts;
    const once = ONCE.has(name);
    return this.#rest.call({ method: CALLS[name][0], path: pathOf(name, params), query, body, once });
  }

  /** A list, page by page as it is read. */
  async *list<N extends ListCall>(name: N, params: Readonly<Record<string, string>> = {}): AsyncGenerator<Item<N>> {
    let cursor: string | undefined;
    do {
      const page = (await this.#rest.call({
        method: CALLS[name][0],
        path: pathOf(name, params),
        query: { cursor },
      })) as Readonly<Record<string, readonly Item<N>[]>> & { readonly next_cursor?: string };
      yield* page[NOUNS[name]] ?? [];
      cursor = page.next_cursor;
    } while (cursor !== undefined);
  }

  /** Whether the log of what operators did is whole. */
  verifyAudit(options: AuditOptions = {}): Promise<AuditVerdict> {
    const source = {
      head: () => this.call("adminAuditHead", {}),
      after: async (index: number) => (await this.call("adminAudit", { query: { after: index, limit: 200 } })).entries,
    };
    return verifyAudit(source, options);
  }

  /** The file of an export, from a byte on: as it comes, to be read as a stream. */
  async exportFile(id: string, from = 0, signal?: AbortSignal): Promise<Response> {
    const { url, fetch = globalThis.fetch } = this.#options;
    const response = await fetch(new URL(`/api/v1${pathOf("adminExportFile", { id })}`, url), {
      headers: {
        authorization: `Bearer ${await this.#tokens.current()}`,
        ...(from === 0 ? {} : { range: `bytes=${String(from)}-` }),
      },
      ...(signal === undefined ? {} : { signal }),
    });
    if (!response.ok) throw await refusalOf(response);
    return response;
  }
}
