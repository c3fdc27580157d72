import type { ConversationState } from "@parley/client/admin";
import type { JSX } from "preact";
import { usePages, useRemote } from "../state/remote.ts";
import { localInput, momentWords } from "../text/times.ts";
import { type Act, REASON, useAct } from "./act.tsx";
import { useAdmin } from "./admin.ts";
import { HoldList, useHoldAct } from "./holds.tsx";
import { ActButton, Asked, Facts, Item, Pages, Part } from "./parts.tsx";
import { words } from "./words.ts";

interface Acts {
  readonly takedown: () => Act;
  readonly restore: () => Act;
  readonly setRetention: (days: number | undefined) => Act;
  readonly clearRetention: () => Act;
}

const DAYS = (days: number | undefined) =>
  ({ name: "days", label: words.days, type: "number", value: days === undefined ? "" : String(days) }) as const;

const useActs = (id: string, done: () => void): Acts => {
  const admin = useAdmin();
  const params = { id };
  const after = async (work: Promise<unknown>, said: string): Promise<string> => {
    await work;
    done();
    return said;
  };
  return {
    takedown: () => ({
      title: words.takedown,
      lead: words.takedownLead,
      submit: words.takedown,
      danger: true,
      fields: [{ name: "message_id", label: words.messageId }, REASON],
      run: ({ message_id = "", reason = "" }) =>
        after(admin.call("adminTakedown", { body: { conversation_id: id, message_id, reason } }), words.takenDown),
    }),
    restore: () => ({
      title: words.restore,
      lead: words.restoreLead,
      submit: words.restore,
      danger: true,
      fields: [{ name: "at", label: words.restoreAt, type: "datetime-local", value: localInput(new Date()) }, REASON],
      run: async ({ at = "", reason = "" }) => {
        const body = { at: new Date(at).toISOString(), reason };
        const { head_seq } = await admin.call("adminRestore", { params, body });
        done();
        return words.restored(head_seq);
      },
    }),
    setRetention: (days) => ({
      title: words.setRetention,
      lead: words.setRetentionLead,
      submit: words.setRetention,
      danger: true,
      fields: [DAYS(days), REASON],
      run: ({ days: wanted, reason = "" }) =>
        after(admin.call("adminSetRetention", { params, body: { days: Number(wanted), reason } }), words.saved),
    }),
    clearRetention: () => ({
      title: words.clearRetention,
      lead: words.clearRetentionLead,
      submit: words.clearRetention,
      fields: [REASON],
      run: ({ reason = "" }) => after(admin.call("adminClearRetention", { params, query: { reason } }), words.saved),
    }),
  };
};

const FACTS = [
  "type",
  "region",
  "members",
  "epoch",
  "head_seq",
  "archived_up_to",
  "pruned_up_to",
  "indexed_up_to",
  "retained_from",
  "held",
] as const;

const factsOf = (state: ConversationState): (readonly [string, string | number | undefined])[] => [
  ...FACTS.map((name) => [words.facts[name] ?? name, state[name]] as const),
  [words.facts["created_at"] ?? "", momentWords(state.created_at)],
  ...Object.entries(state.sizes).map(([name, size]) => [words.size(name), size] as const),
];

const retentionWords = ({ retention }: ConversationState): string =>
  retention === undefined
    ? words.keptForEver
    : `${words.keptFor(retention.days)} (${retention.by === "policy" ? words.byPolicy : words.byConversation}).`;

const Held = ({ id, version }: { readonly id: string; readonly version: unknown }): JSX.Element => {
  const admin = useAdmin();
  const pages = usePages(
    async (cursor) => {
      const { held, next_cursor } = await admin.call("adminHeld", { params: { id }, query: { cursor } });
      return { items: held, next: next_cursor };
    },
    [admin, id, version],
  );
  return (
    <Part title={words.kept}>
      <Pages pages={pages} none={words.keptNothing} testId="held">
        {({ message_id, seq, sender_id, timestamp, content, why, removed_at }) => (
          <Item
            key={`${message_id}-${removed_at}`}
            testId="held-message"
            title={content}
            notes={[
              words.keptNote(sender_id, momentWords(timestamp), words.keptWhy[why], momentWords(removed_at)),
              `${String(seq)} · ${message_id}`,
            ]}
          />
        )}
      </Pages>
    </Part>
  );
};

const Delivery = ({ id }: { readonly id: string }): JSX.Element => {
  const admin = useAdmin();
  const delivery = useRemote(() => admin.call("adminDelivery", { params: { id } }), [admin, id]);
  return (
    <Part title={words.delivery}>
      <Asked remote={delivery}>
        {({ parked, ...counts }) => (
          <>
            <Facts
              of={(["present", "behind", "slices"] as const).map((name) => [words.facts[name] ?? name, counts[name]])}
            />
            {parked.length === 0 && <p class="hint">{words.nobodyParked}</p>}
            <ul class="op-list">
              {parked.map(({ user_id, behind, next_try_at }) => (
                <Item key={user_id} title={user_id} notes={[words.parked(user_id, behind, momentWords(next_try_at))]} />
              ))}
            </ul>
          </>
        )}
      </Asked>
    </Part>
  );
};

/** The state of a conversation, and what may be done about it. */
export const ConversationPage = ({ id }: { readonly id: string }): JSX.Element => {
  const admin = useAdmin();
  const state = useRemote(() => admin.call("adminConversation", { params: { id } }), [admin, id]);
  const acts = useActs(id, state.again);
  const hold = useHoldAct();
  const { dialog, begin } = useAct();
  return (
    <>
      <h2 class="op-title">
        <bdi>{words.conversation(id)}</bdi>
      </h2>
      <Asked remote={state}>
        {(there) => (
          <>
            <Part
              title={words.state}
              testId="conversation-state"
              actions={
                <ActButton label={words.takedown} testId="takedown" danger onClick={() => begin(acts.takedown())} />
              }
            >
              <Facts of={factsOf(there)} testId="facts" />
            </Part>
            <Part
              title={words.holds}
              actions={
                <ActButton
                  label={words.hold}
                  testId="hold-place"
                  onClick={() => begin(hold({ conversation_id: id }, state.again))}
                />
              }
            >
              <HoldList holds={there.holds} onChange={state.again} />
            </Part>
            <Held id={id} version={there} />
            <Part
              title={words.retention}
              actions={
                <ActButton
                  label={words.setRetention}
                  testId="retention-set"
                  onClick={() => begin(acts.setRetention(there.retention?.days))}
                />
              }
            >
              <p data-testid="retention">{retentionWords(there)}</p>
              {there.retention?.by === "conversation" && (
                <ActButton
                  label={words.clearRetention}
                  testId="retention-clear"
                  onClick={() => begin(acts.clearRetention())}
                />
              )}
            </Part>
            <Delivery id={id} />
            <Part title={words.restore}>
              <p class="hint">{words.restoreLead}</p>
              <ActButton label={words.restore} testId="restore" danger onClick={() => begin(acts.restore())} />
            </Part>
          </>
        )}
      </Asked>
      {dialog}
    </>
  );
};
