import type { RetentionPolicy } from "@parley/client/admin";
import type { JSX } from "preact";
import { useRemote } from "../state/remote.ts";
import { momentWords } from "../text/times.ts";
import { type Act, REASON, useAct } from "./act.tsx";
import { useAdmin } from "./admin.ts";
import { ActButton, Asked, Item, Part } from "./parts.tsx";
import { words } from "./words.ts";

const KINDS = ["all", "direct", "group", "channel"] as const;
type Kind = (typeof KINDS)[number];

const typeOf = (kind: string | undefined): Exclude<Kind, "all"> | undefined =>
  KINDS.find((one): one is Exclude<Kind, "all"> => one !== "all" && one === kind);

const titleOf = ({ type, region }: RetentionPolicy): string => words.ofKind(words.kinds[type ?? "all"], region);

const noteOf = ({ set_at, set_by }: RetentionPolicy): string | undefined =>
  set_at === undefined ? undefined : words.placedBy(momentWords(set_at), set_by ?? "");

/** For how long messages are kept, by kind and region. */
export const Retention = (): JSX.Element => {
  const admin = useAdmin();
  const policies = useRemote(() => admin.call("adminPolicies", {}), [admin]);
  const { dialog, begin } = useAct();
  const put = async (body: Parameters<typeof admin.call<"adminSetPolicy">>[1]["body"]): Promise<string> => {
    await admin.call("adminSetPolicy", { body });
    policies.again();
    return words.saved;
  };
  const add: Act = {
    title: words.addPolicy,
    lead: words.setRetentionLead,
    submit: words.addPolicy,
    danger: true,
    fields: [
      { name: "kind", label: words.kind, options: KINDS.map((kind) => [kind, words.kinds[kind]] as const) },
      { name: "region", label: words.region, optional: true },
      { name: "days", label: words.days, type: "number" },
      REASON,
    ],
    run: ({ kind, region = "", days, reason = "" }) =>
      put({ type: typeOf(kind), region: region === "" ? undefined : region, days: Number(days), reason }),
  };
  const clear = (policy: RetentionPolicy): Act => ({
    title: words.clearPolicyTitle,
    lead: words.clearPolicyLead,
    submit: words.clearPolicy,
    fields: [REASON],
    run: ({ reason = "" }) => put({ type: policy.type, region: policy.region, days: null, reason }),
  });
  return (
    <Part
      title={words.retention}
      actions={<ActButton label={words.addPolicy} testId="policy-add" onClick={() => begin(add)} />}
    >
      <p class="hint">{words.policyLead}</p>
      <Asked remote={policies}>
        {({ policies: all }) => (
          <>
            {all.length === 0 && <p class="hint">{words.keptForEver}</p>}
            <ul class="op-list" data-testid="policies">
              {all.map((policy) => (
                <Item
                  key={titleOf(policy)}
                  testId="policy"
                  title={titleOf(policy)}
                  notes={[words.keptFor(policy.days), policy.reason, noteOf(policy)]}
                  action={
                    <ActButton label={words.clearPolicy} testId="policy-clear" onClick={() => begin(clear(policy))} />
                  }
                />
              ))}
            </ul>
          </>
        )}
      </Asked>
      {dialog}
    </Part>
  );
};
