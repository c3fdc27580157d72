import type { AdminClient } from "@parley/client/admin";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Choice } from "../panels/choice.tsx";
import { usePages } from "../state/remote.ts";
import { momentWords } from "../text/times.ts";
import { type Act, useAct } from "./act.tsx";
import { useAdmin } from "./admin.ts";
import { ActButton, Item, Pages, Part } from "./parts.tsx";
import { words } from "./words.ts";

const KINDS = ["webpush", "apns", "fcm"] as const;
type Kind = (typeof KINDS)[number];

/** Tries all of them again: a call does so many at once. What cannot be tried stays. */
const replayAll = async (admin: AdminClient, kind: Kind): Promise<string> => {
  let sum = 0;
  for (;;) {
    const { replayed, remaining } = await admin.call("adminReplayDeadLetters", { params: { kind }, body: {} });
    sum += replayed;
    if (remaining === 0 || replayed === 0) return words.replayed(sum, remaining);
  }
};

const useActs = (kind: Kind, done: () => void): { readonly replay: () => Act; readonly drop: () => Act } => {
  const admin = useAdmin();
  const after = async (work: Promise<unknown>, said?: string): Promise<string> => {
    const told = await work;
    done();
    return said ?? String(told);
  };
  return {
    replay: () => ({
      title: words.replay,
      lead: words.services[kind],
      submit: words.replay,
      fields: [],
      run: () => after(replayAll(admin, kind)),
    }),
    drop: () => ({
      title: words.dropTitle,
      lead: words.dropLead,
      submit: words.drop,
      danger: true,
      fields: [],
      run: () => after(admin.call("adminDropDeadLetters", { params: { kind } }), words.dropped),
    }),
  };
};

/** Notifications that were given up, of one push service. */
export const Letters = (): JSX.Element => {
  const admin = useAdmin();
  const [kind, setKind] = useState<Kind>("webpush");
  const [version, setVersion] = useState(0);
  const pages = usePages(
    async (cursor) => {
      const input = { params: { kind }, query: { cursor } };
      const { dead_letters, next_cursor } = await admin.call("adminDeadLetters", input);
      return { items: dead_letters, next: next_cursor };
    },
    [admin, kind, version],
  );
  const { dialog, begin } = useAct();
  const acts = useActs(kind, () => setVersion((before) => before + 1));
  return (
    <Part
      title={words.letters}
      actions={
        <>
          <ActButton label={words.replay} testId="replay" onClick={() => begin(acts.replay())} />
          <ActButton label={words.drop} testId="drop" danger onClick={() => begin(acts.drop())} />
        </>
      }
    >
      <Choice
        label={words.service}
        value={kind}
        options={KINDS.map((one) => [one, words.services[one]] as const)}
        testId="letters-kind"
        disabled={false}
        onChange={(value) => setKind(KINDS.find((one) => one === value) ?? "webpush")}
      />
      <Pages pages={pages} none={words.none} testId="letters">
        {({ id, user_id, device_id, reason, attempts, failed_at }) => (
          <Item
            key={id}
            testId="letter"
            title={words.letter(user_id, device_id)}
            notes={[words.letterNote(reason, attempts, momentWords(failed_at))]}
          />
        )}
      </Pages>
      {dialog}
    </Part>
  );
};
