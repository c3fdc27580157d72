import product from "../../src/index.ts";
import { ArchiveObject as ProductArchive, ConversationObject as ProductConversation } from "../../src/index.ts";
import { archiveOf } from "../../src/platform/archive.ts";
import { regionsOf } from "../../src/platform/regions.ts";
import { LIMITS } from "../../src/shared/limits.ts";
import type { ArchiveBindings, EdgeBindings } from "../../src/rpc/bindings.ts";

// What stands below takes the place of the product's own.
export * from "../../src/index.ts";

/** How long calls to conversations of a region are held up, in ms. */
const slow = new Map<string, number>();
/** Archives in objects of this server that do not answer, or refuse. */
const cut = new Map<string, "silent" | "refused">();
const LOOK_AGAIN_MS = 50;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const slowed = async (name: string): Promise<void> => {
  const ms = slow.get(/^[dgc]_([a-z0-9]+)_/.exec(name)?.[1] ?? "") ?? 0;
  if (ms > 0) await pause(ms);
};

/** What never answered is lost when the line is there again. */
const reached = async (name: string): Promise<void> => {
  const region = name.split("/")[0] ?? "";
  let wasSilent = false;
  for (; cut.get(region) === "silent"; wasSilent = true) await pause(LOOK_AGAIN_MS);
  if (wasSilent || cut.has(region)) throw new Error("the archive is out of reach");
};

export class ConversationObject extends ProductConversation {}
export class ArchiveObject extends ProductArchive {}

/** Puts something before each call of a class. */
const hold = (drilled: { readonly prototype: object }, first: (name: string) => Promise<void>): void => {
  const base = Object.getPrototypeOf(drilled.prototype) as object;
  for (const name of Object.getOwnPropertyNames(base)) {
    const method: unknown = Reflect.get(base, name);
    if (name === "constructor" || typeof method !== "function") continue;
    Object.defineProperty(drilled.prototype, name, {
      async value(this: object, ...args: unknown[]): Promise<unknown> {
        const { id } = Reflect.get(this, "ctx") as DurableObjectState;
        await first(id.name ?? "");
        return Reflect.apply(method, this, args);
      },
    });
  }
};

hold(ConversationObject, slowed);
hold(ArchiveObject, reached);

/** Rows of a conversation that its region's archive has: the first ones behind a place, or the last one. */
const archived = async (env: ArchiveBindings, query: URLSearchParams): Promise<Response> => {
  const conversation = query.get("conversation") ?? "";
  const store = archiveOf(env, regionsOf(env).of(conversation)?.name ?? "");
  const range = { conversation, after: Number(query.get("after")), before: 2 ** 50 };
  const isLast = query.has("last");
  return Response.json(
    await store.range({ ...range, order: isLast ? "newest" : "oldest", limit: isLast ? 1 : LIMITS.archivePage }),
  );
};

/** The product, and beside it what the drill does to it. */
export default {
  ...product,
  async fetch(request: Request, env: EdgeBindings & ArchiveBindings, ctx: ExecutionContext): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const region = searchParams.get("region") ?? "";
    if (pathname === "/drill/slow") slow.set(region, Number(searchParams.get("ms")));
    else if (pathname === "/drill/archive") {
      const state = searchParams.get("state");
      if (state === "silent" || state === "refused") cut.set(region, state);
      else cut.delete(region);
    } else if (pathname === "/drill/archived") return archived(env, searchParams);
    else return product.fetch(request, env, ctx);
    return new Response(null, { status: 204 });
  },
};
