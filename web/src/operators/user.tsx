import { newActId, type UserState } from "@parley/client/admin";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useRemote } from "../state/remote.ts";
import { momentWords } from "../text/times.ts";
import { type Act, REASON, useAct } from "./act.tsx";
import { useAdmin } from "./admin.ts";
import { HoldList, useHoldAct } from "./holds.tsx";
import { jobs, keepJob } from "./job-list.ts";
import { Jobs } from "./jobs.tsx";
import { ActButton, Asked, Facts, Part } from "./parts.tsx";
import { words } from "./words.ts";

interface Acts {
  readonly suspend: () => Act;
  readonly unsuspend: () => Act;
  readonly export: () => Act;
  readonly erase: () => Act;
}

const useActs = (id: string, done: () => void): Acts => {
  const admin = useAdmin();
  const params = { id };
  return {
    suspend: () => ({
      title: words.suspend,
      lead: words.suspendLead,
      submit: words.suspend,
      danger: true,
      fields: [REASON],
      run: async ({ reason = "" }) => {
        await admin.call("adminSuspend", { params, body: { reason } });
        done();
        return words.suspended;
      },
    }),
    unsuspend: () => ({
      title: words.unsuspend,
      lead: words.unsuspendLead,
      submit: words.unsuspend,
      fields: [REASON],
      run: async ({ reason = "" }) => {
        await admin.call("adminUnsuspend", { params, query: { reason } });
        done();
        return words.unsuspended;
      },
    }),
    export: () => exportAct(admin, id, done),
    erase: () => eraseAct(admin, id, done),
  };
};

const exportAct = (admin: ReturnType<typeof useAdmin>, id: string, done: () => void): Act => {
  const export_id = newActId();
  return {
    title: words.export,
    lead: words.exportLead,
    submit: words.export,
    fields: [
      {
        name: "include",
        label: words.include,
        options: [
          ["own", words.includes.own],
          ["readable", words.includes.readable],
        ],
      },
      REASON,
    ],
    run: async ({ include, reason = "" }) => {
      const body = { export_id, include: include === "readable" ? "readable" : "own", reason } as const;
      await admin.call("adminExport", { params: { id }, body });
      keepJob({ kind: "export", id: export_id, user: id });
      done();
      return words.exportOf(id);
    },
  };
};

const eraseAct = (admin: ReturnType<typeof useAdmin>, id: string, done: () => void): Act => {
  const erasure_id = newActId();
  return {
    title: words.erase,
    lead: words.eraseLead,
    submit: words.erase,
    danger: true,
    fields: [{ name: "typed", label: words.eraseConfirm, hint: id }, REASON],
    run: async ({ typed, reason = "" }) => {
      if (typed !== id) throw new Error(words.eraseDiffers);
      await admin.call("adminErase", { params: { id }, body: { erasure_id, reason } });
      keepJob({ kind: "erasure", id: erasure_id, user: id });
      done();
      return words.erasureOf(id);
    },
  };
};

const factsOf = ({ region, devices, conversations, suspended, erased_at }: UserState) =>
  [
    [words.facts["region"] ?? "", region],
    [words.facts["devices"] ?? "", devices],
    [words.facts["conversations"] ?? "", conversations],
    [
      words.facts["suspended"] ?? "",
      suspended && words.since(momentWords(suspended.at), suspended.by, suspended.reason),
    ],
    [words.facts["erased_at"] ?? "", erased_at && momentWords(erased_at)],
  ] as const;

/** The state of an account, and what may be done about it. */
export const UserPage = ({ id }: { readonly id: string }): JSX.Element => {
  const admin = useAdmin();
  const state = useRemote(() => admin.call("adminUser", { params: { id } }), [admin, id]);
  const [begun, setBegun] = useState(() => jobs(id));
  const changed = (): void => {
    setBegun(jobs(id));
    state.again();
  };
  const acts = useActs(id, changed);
  const hold = useHoldAct();
  const { dialog, begin } = useAct();
  return (
    <>
      <h2 class="op-title">
        <bdi>{words.user(id)}</bdi>
      </h2>
      <Asked remote={state}>
        {(there) => (
          <>
            <Part
              title={words.state}
              testId="user-state"
              actions={
                there.suspended === undefined ? (
                  <ActButton label={words.suspend} testId="suspend" danger onClick={() => begin(acts.suspend())} />
                ) : (
                  <ActButton label={words.unsuspend} testId="unsuspend" onClick={() => begin(acts.unsuspend())} />
                )
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
                  onClick={() => begin(hold({ user_id: id }, state.again))}
                />
              }
            >
              <HoldList holds={there.holds} onChange={state.again} />
            </Part>
          </>
        )}
      </Asked>
      <Part
        title={words.data}
        actions={
          <>
            <ActButton label={words.export} testId="export" onClick={() => begin(acts.export())} />
            <ActButton label={words.erase} testId="erase" danger onClick={() => begin(acts.erase())} />
          </>
        }
      >
        <Jobs jobs={begun} onForget={() => setBegun(jobs(id))} />
      </Part>
      {dialog}
    </>
  );
};
