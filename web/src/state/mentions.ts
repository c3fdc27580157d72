import type { ParleyClient } from "@parley/client";
import { useEffect, useState } from "preact/hooks";
import { namesIn } from "../text/tokens.ts";
import type { ConversationId } from "../types.ts";
import { useChat } from "./client-context.ts";
import { peopleOf as namesOf } from "./people.ts";

export const ALL = "@all";
const OFFERED = 8;
const MENTIONS_MAX = 100;
/** The beginning of a name right before the caret. */
const BEGUN = /(?:^|[\s(])@([A-Za-z0-9_.:-]*)$/;

/** Members of large groups, page by page as the picker asked for them. */
const known = new Map<ConversationId, { readonly count: number; readonly people: Set<string>; whole: boolean }>();

const membersOf = (
  client: ParleyClient,
  id: ConversationId,
): { readonly people: Set<string>; readonly whole: boolean } => {
  const row = client.conversation(id);
  const count = row?.member_count ?? 0;
  const participants = row?.participants ?? [];
  const before = known.get(id);
  if (before !== undefined && before.count === count) return before;
  const people = new Set([...(before?.people ?? []), ...participants.map((one) => one.user_id)]);
  const now = {
    count,
    people: participants.length >= count ? new Set(participants.map((one) => one.user_id)) : people,
    whole: participants.length >= count,
  };
  known.set(id, now);
  return now;
};

/** Reads members until all are known; whoever looks is told after each page. */
const readAll = async (client: ParleyClient, id: ConversationId, told: () => boolean): Promise<void> => {
  let cursor: string | undefined;
  do {
    const page = await client.members(id, cursor);
    const list = known.get(id);
    if (list === undefined) return;
    for (const member of page.members) list.people.add(member.user_id);
    cursor = page.next_cursor;
    list.whole = cursor === undefined;
  } while (told() && cursor !== undefined);
};

/** Where in a text a name is begun, and how. */
export const begunName = (
  text: string,
  caret: number,
): { readonly from: number; readonly name: string } | undefined => {
  const name = BEGUN.exec(text.slice(0, caret))?.[1];
  return name === undefined ? undefined : { from: caret - name.length - 1, name };
};

/** Whom a begun name may mean: those that begin with it before those that contain it; `@all` where it may be used. */
export const useMentionable = (id: ConversationId, begun: string | undefined): readonly string[] => {
  const { client, userId } = useChat();
  const [, setPages] = useState(0);
  const active = begun !== undefined;
  useEffect(() => {
    if (!active || membersOf(client, id).whole) return undefined;
    let looking = true;
    readAll(client, id, () => {
      if (looking) setPages((before) => before + 1);
      return looking;
    }).catch(() => {
      // Who may not list members, or is offline, is offered those that the row shows.
    });
    return () => {
      looking = false;
    };
  }, [client, id, active]);
  if (begun === undefined) return [];
  const typed = begun.toLowerCase();
  const called = namesOf(client).name;
  const wordsOf = (one: string): string => `${one} ${called(one)}`.toLowerCase();
  const fits = [...membersOf(client, id).people].filter((one) => one !== userId && wordsOf(one).includes(typed));
  const rank = (one: string): number =>
    [one, called(one)].some((name) => name.toLowerCase().startsWith(typed)) ? 0 : 1;
  const sorted = fits.sort((a, b) => rank(a) - rank(b) || a.localeCompare(b)).slice(0, OFFERED);
  return client.permissions(id).mentionAll && "all".startsWith(typed) ? [...sorted.slice(0, OFFERED - 1), ALL] : sorted;
};

/** Whom a text that is about to be sent names. */
export const mentionsIn = (client: ParleyClient, id: ConversationId, text: string): readonly string[] => {
  if (client.conversation(id)?.type === "direct") return [];
  const { people } = membersOf(client, id);
  const named = new Set(namesIn(text).filter((name) => people.has(name)));
  if (namesIn(text).includes("all") && client.permissions(id).mentionAll) named.add(ALL);
  return [...named].slice(0, MENTIONS_MAX);
};
