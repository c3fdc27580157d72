import { NO_INVITE, NOT_FOUND } from "../core/conversation/refusals.ts";
import type { ArchiveBindings, Objects, Place, PlacedObjects, Settings } from "../rpc/bindings.ts";
import type { ArchiveRpc } from "../rpc/archive-rpc.ts";
import type { ConversationRpc } from "../rpc/conversation-rpc.ts";
import type { FanoutRpc } from "../rpc/fanout-rpc.ts";
import type { Err } from "../shared/result.ts";
import { regionsOf } from "./regions.ts";
import type { Region } from "./regions.ts";

/** Calls whose answers are no `Result`: what they answer of a conversation that cannot be. */
type Plain = {
  [C in keyof ConversationRpc as Err extends Awaited<ReturnType<ConversationRpc[C]>> ? never : C]: ConversationRpc[C];
};

const plain: Plain & Pick<ConversationRpc, "join" | "invitePreview"> = {
  append: ({ writes }) => Promise.resolve({ results: writes.map(() => NOT_FOUND) }),
  typing: () => Promise.resolve(),
  join: () => Promise.resolve(NO_INVITE),
  invitePreview: () => Promise.resolve(NO_INVITE),
};

/** In the place of an object for ids that no region of this server has: none is made for them, wherever that would be. */
const nowhere = new Proxy(plain, {
  get: (calls, name) => Reflect.get(calls, name) ?? (name === "then" ? undefined : () => Promise.resolve(NOT_FOUND)),
}) as ConversationRpc;

/**
 * The one way to an object that is placed: within the jurisdiction of its region, where that has one. The same name
 * without it is another object.
 */
const at = <T>(objects: PlacedObjects<T>, { hint, jurisdiction }: Region, name: string): T => {
  const within = jurisdiction === undefined ? objects : objects.jurisdiction(jurisdiction);
  return within.getByName(name, hint === undefined ? {} : { locationHint: hint });
};

/** What an object of somebody's who is there is made by. */
export const hintIn = (env: Settings, region: string): Place => {
  const hint = regionsOf(env).get(region)?.hint;
  return hint === undefined ? {} : { locationHint: hint };
};

/** Conversations by their ids, each in the region that its id names. */
export const conversationsOf = <T extends ConversationRpc>(
  env: Settings & { readonly CONVERSATION: PlacedObjects<T> },
): Objects<T> => ({
  getByName(id) {
    const region = regionsOf(env).of(id);
    return region === undefined ? (nowhere as T) : at(env.CONVERSATION, region, id);
  },
});

/** Slices of a conversation, which are where it is. Their names begin with its id. */
export const slicesOf = (env: Settings & { readonly FANOUT: PlacedObjects<FanoutRpc> }): Objects<FanoutRpc> => ({
  getByName(name) {
    const region = regionsOf(env).of(name.slice(0, name.lastIndexOf("/")));
    if (region === undefined) throw new Error("unable to find the slice; its conversation is in no region");
    return at(env.FANOUT, region, name);
  },
});

/** Objects of a region's archive. */
export const archivesOf = (env: ArchiveBindings, name: string): Objects<ArchiveRpc> => ({
  getByName(object) {
    const region = regionsOf(env).get(name);
    // A conversation of a region that was taken off the list may be awake still.
    if (region === undefined) throw new Error("unable to find the archive; there is no such region");
    return at(env.ARCHIVE, region, object);
  },
});
