import type { Person } from "./person.ts";
import type { Session } from "./session.ts";
import type { Target } from "./target.ts";

type Someone = { readonly userId: string };
export const block = (person: Person, { userId: user_id }: Someone): Promise<unknown> =>
  person.patient("block", { params: { user_id } });
export const unblock = (person: Person, { userId: user_id }: Someone): Promise<unknown> =>
  person.patient("unblock", { params: { user_id } });
export const blocksOf = async (person: Person): Promise<string[]> =>
  (await person.rest.ok("listBlocks", {})).blocks.map(({ user_id }) => user_id);

/** Everything that somebody can be shown of a conversation and his list, as text. */
export const everything = async (person: Person, id: string, messageIds: readonly string[] = []): Promise<string> => {
  const params = { id };
  const calls = [
    person.rest.call("getConversation", { params }),
    person.rest.call("listMessages", { params }),
    person.rest.call("readLog", { params, query: { after: 0, limit: 200 } }),
    person.rest.call("listPins", { params }),
    person.rest.call("listThreads", { params }),
    person.rest.call("listMembers", { params }),
    person.rest.call("listConversations", {}),
    person.rest.call("sync", { query: { since: 0 } }),
    ...messageIds.flatMap((message_id) => [
      person.rest.call("getMessage", { params: { id, message_id } }),
      person.rest.call("listReactions", { params: { id, message_id } }),
      person.rest.call("listReceipts", { params: { id, message_id } }),
    ]),
  ];
  return JSON.stringify((await Promise.all(calls)).map(({ body }) => body));
};

/** Whatever was on its way between the two has arrived: what is said in a group of both, after it, has. */
export const overtaken = async (from: Person, to: Session, group: string): Promise<void> => {
  const { seq } = await from.send(group, "overtaken");
  await to.entry(group, seq);
  await to.settle();
};

/** Ann and bob, who have talked; a group of both; and sessions that have all of it on the screen. */
export const acquainted = async (target: Target) => {
  const { ann, bob, id } = await target.pair();
  const group = (await ann.group([bob])).conversation_id;
  const [a, b] = [await ann.connect(), await bob.connect()];
  for (const session of [a, b])
    for (const conversation_id of [id, group]) session.tell({ type: "open", conversation_id });
  await Promise.all([a.settle(), b.settle()]);
  const before = await ann.send(id, "before");
  const answer = await bob.send(id, "answer");
  await Promise.all([a.entry(id, answer.seq), b.entry(id, answer.seq)]);
  return { ann, bob, id, group, a, b, before, answer };
};
