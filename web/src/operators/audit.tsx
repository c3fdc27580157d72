import type { AuditEntry, AuditHead, AuditVerdict } from "@parley/client/admin";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { usePages } from "../state/remote.ts";
import { momentWords } from "../text/times.ts";
import { useAdmin } from "./admin.ts";
import { Item, Pages, Part } from "./parts.tsx";
import { why, words } from "./words.ts";

const PAGE = 50;

const headOf = (text: string): AuditHead | undefined => {
  const [, index, hash] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text) ?? [];
  return index === undefined || hash === undefined ? undefined : { index: Number(index), hash };
};

/** Checks the whole log in this browser, by what the server gives of it. */
const Verify = (): JSX.Element => {
  const admin = useAdmin();
  const [noted, setNoted] = useState("");
  const [said, setSaid] = useState<string>();
  const [state, setState] = useState<"idle" | "busy" | "whole" | "broken">("idle");
  const tell = ({ checked, fault }: AuditVerdict): void => {
    setState(fault === undefined ? "whole" : "broken");
    setSaid(fault === undefined ? words.verified(checked) : words.broken(fault.index, fault.why));
  };
  const run = async (): Promise<void> => {
    const head = headOf(noted.trim());
    if (noted.trim() !== "" && head === undefined) {
      setSaid(words.notedShape);
      return;
    }
    setState("busy");
    const onProgress = (checked: number, of: number): void => setSaid(words.verifying(checked, of));
    try {
      tell(await admin.verifyAudit({ noted: head === undefined ? [] : [head], onProgress }));
    } catch (error) {
      setState("idle");
      setSaid(why(error));
    }
  };
  return (
    <form
      class="op-verify"
      onSubmit={(event) => {
        event.preventDefault();
        void run();
      }}
    >
      <label class="field">
        <span>{words.noted}</span>
        <input
          type="text"
          value={noted}
          spellcheck={false}
          autocomplete="off"
          data-testid="audit-noted"
          onInput={(event) => setNoted(event.currentTarget.value)}
        />
      </label>
      <button type="submit" class="button" disabled={state === "busy"} data-testid="audit-verify">
        {words.verify}
      </button>
      <p
        class={state === "broken" ? "problem op-verdict" : "hint op-verdict"}
        aria-live="polite"
        data-testid="audit-verdict"
        data-state={state}
      >
        {said}
      </p>
    </form>
  );
};

const detailsOf = (details: AuditEntry["details"]): string | undefined => {
  const { of, ...others } = details ?? {};
  const outcome = typeof of === "number" ? words.outcomeOf(of) : undefined;
  return Object.keys(others).length === 0 ? outcome : JSON.stringify(details);
};

const EntryItem = ({ entry }: { readonly entry: AuditEntry }): JSX.Element => {
  const { index, action, target, actor, at, outcome, reason, details } = entry;
  return (
    <Item
      testId="audit-entry"
      title={`${String(index)} · ${action} ${target}`}
      notes={[words.auditNote(actor, momentWords(at), outcome), reason, detailsOf(details)]}
    />
  );
};

/** What operators did, the newest first, and whether anybody changed it. */
export const Audit = (): JSX.Element => {
  const admin = useAdmin();
  const [head, setHead] = useState<AuditHead>();
  const pages = usePages<AuditEntry>(
    async (cursor) => {
      const newest = cursor === undefined ? await admin.call("adminAuditHead", {}) : undefined;
      if (newest !== undefined) setHead(newest);
      const before = newest === undefined ? Number(cursor) : newest.index + 1;
      const after = Math.max(0, before - 1 - PAGE);
      const limit = before - 1 - after;
      const entries = limit === 0 ? [] : (await admin.call("adminAudit", { query: { after, limit } })).entries;
      return { items: entries.toReversed(), next: after === 0 ? undefined : String(after + 1) };
    },
    [admin],
  );
  return (
    <>
      <Part title={words.verify}>
        <Verify />
        {head !== undefined && head.index > 0 && (
          <p class="hint">
            {words.auditHead}{" "}
            <code class="op-head" data-testid="audit-head">{`${String(head.index)}:${head.hash}`}</code>
          </p>
        )}
      </Part>
      <Part title={words.audit}>
        <Pages pages={pages} none={words.auditEmpty} testId="audit">
          {(entry) => <EntryItem key={entry.index} entry={entry} />}
        </Pages>
      </Part>
    </>
  );
};
