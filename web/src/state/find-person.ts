import type { ParleyClient } from "@parley/client";
import { normaliseName, type NormalisedName } from "../text/names.ts";

/** An id, or why what was typed leads to nobody. */
export type FoundPerson = NormalisedName | { readonly ok: false; readonly reason: "nobody" };

/**
 * Whom a typed name means: "@name" is a username, anything else an id. The two are not mixed: whoever takes another
 * one's id as a username must not get what is meant for that one.
 */
export const findPerson = async (client: ParleyClient, typed: string, folding: boolean): Promise<FoundPerson> => {
  const name = typed.trim();
  if (!name.startsWith("@")) return normaliseName(name, folding);
  const found = await client.findUser(name.slice(1).toLowerCase());
  return found === undefined ? { ok: false, reason: "nobody" } : { ok: true, id: found.user_id };
};
