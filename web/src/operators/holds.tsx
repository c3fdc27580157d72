import { newActId, type LegalHold } from "@parley/client/admin";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { usePages } from "../state/remote.ts";
import { momentWords } from "../text/times.ts";
import { type Act, REASON, useAct } from "./act.tsx";
import { openConversation, openUser, useAdmin } from "./admin.ts";
import { ActButton, Go, Item, Pages, Part } from "./parts.tsx";
import { words } from "./words.ts";

type Target = { readonly conversation_id: string } | { readonly user_id: string };

/** A hold on something that is on the screen. */
export const useHoldAct = (): ((target: Target, done: () => void, hold_id?: string) => Act) => {
  const admin = useAdmin();
  return (target, done, hold_id = newActId()) => ({
    title: words.hold,
    lead: words.holdLead,
    submit: words.hold,
    fields: [REASON],
    run: async ({ reason = "" }) => {
      await admin.call("adminPlaceHold", { body: { hold_id, ...target, reason } });
      done();
      return words.placed;
    },
  });
};

/** Asks for the target, too. */
const useAnyHoldAct = (): ((done: () => void) => Act) => {
  const holdOn = useHoldAct();
  return (done) => {
    const hold_id = newActId();
    return {
      ...holdOn({ user_id: "" }, done),
      fields: [
        {
          name: "on",
          label: words.holdOn,
          options: [
            ["conversation", words.lookConversation],
            ["user", words.lookUser],
          ],
        },
        { name: "id", label: words.lookId },
        REASON,
      ],
      run: ({ on, id = "", ...rest }) =>
        holdOn(on === "user" ? { user_id: id } : { conversation_id: id }, done, hold_id).run(rest),
    };
  };
};

const HoldItem = ({ hold, onRelease }: { readonly hold: LegalHold; readonly onRelease: () => void }): JSX.Element => {
  const { hold_id, conversation_id, user_id = "", reason, placed_at, placed_by } = hold;
  return (
    <Item
      key={hold_id}
      testId="hold"
      title={
        conversation_id === undefined ? (
          <Go to={words.user(user_id)} onClick={() => openUser(user_id)} />
        ) : (
          <Go to={words.conversation(conversation_id)} onClick={() => openConversation(conversation_id)} />
        )
      }
      notes={[reason, words.placedBy(momentWords(placed_at), placed_by)]}
      action={<ActButton label={words.release} testId="hold-release" onClick={onRelease} />}
    />
  );
};

const useReleaseAct = (): ((hold: LegalHold, done: () => void) => Act) => {
  const admin = useAdmin();
  return ({ hold_id }, done) => ({
    title: words.releaseTitle,
    lead: words.releaseLead,
    submit: words.release,
    danger: true,
    fields: [REASON],
    run: async ({ reason = "" }) => {
      await admin.call("adminReleaseHold", { params: { id: hold_id }, query: { reason } });
      done();
      return words.released;
    },
  });
};

/** Holds that are known already. */
export const HoldList = ({
  holds,
  onChange,
}: {
  readonly holds: readonly LegalHold[];
  readonly onChange: () => void;
}): JSX.Element => {
  const { dialog, begin } = useAct();
  const release = useReleaseAct();
  if (holds.length === 0) return <p class="hint">{words.none}</p>;
  return (
    <ul class="op-list">
      {holds.map((hold) => (
        <HoldItem key={hold.hold_id} hold={hold} onRelease={() => begin(release(hold, onChange))} />
      ))}
      {dialog}
    </ul>
  );
};

/** All holds that stand. */
export const Holds = (): JSX.Element => {
  const admin = useAdmin();
  const [version, setVersion] = useState(0);
  const again = (): void => setVersion((before) => before + 1);
  const pages = usePages(
    async (cursor) => {
      const { holds, next_cursor } = await admin.call("adminHolds", { query: { cursor } });
      return { items: holds, next: next_cursor };
    },
    [admin, version],
  );
  const { dialog, begin } = useAct();
  const release = useReleaseAct();
  const place = useAnyHoldAct();
  return (
    <Part
      title={words.holds}
      actions={<ActButton label={words.hold} testId="hold-place" onClick={() => begin(place(again))} />}
    >
      <Pages pages={pages} none={words.none} testId="holds">
        {(hold) => <HoldItem key={hold.hold_id} hold={hold} onRelease={() => begin(release(hold, again))} />}
      </Pages>
      {dialog}
    </Part>
  );
};
