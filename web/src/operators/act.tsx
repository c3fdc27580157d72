import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Dialog } from "../components/dialog.tsx";
import { tell } from "../state/notice.ts";
import { strings } from "../strings.ts";
import { why, words } from "./words.ts";

export interface Field {
  readonly name: string;
  readonly label: string;
  readonly hint?: string;
  readonly type?: "text" | "number" | "datetime-local";
  readonly value?: string;
  readonly options?: readonly (readonly [value: string, label: string])[];
  readonly optional?: boolean;
}

/** What an operator is about to do, and what has to be said for it. */
export interface Act {
  readonly title: string;
  readonly lead: string;
  readonly submit: string;
  readonly danger?: boolean;
  readonly fields: readonly Field[];
  /** Gives what to tell when it is done. A throw is shown, and may be tried again. */
  readonly run: (values: Readonly<Record<string, string>>) => Promise<string>;
}

interface ControlProps {
  readonly field: Field;
  readonly value: string;
  readonly onInput: (value: string) => void;
}

export const REASON: Field = { name: "reason", label: words.reason, hint: words.reasonHint };

const Control = ({ field, value, onInput }: ControlProps): JSX.Element => {
  const { name, type, options, optional = false } = field;
  const common = {
    value,
    required: !optional,
    "data-testid": `act-${name}`,
    onInput: (event: { readonly currentTarget: { readonly value: string } }) => onInput(event.currentTarget.value),
  };
  if (type === "number") return <input type="number" min={1} {...common} />;
  if (type === "datetime-local") return <input type="datetime-local" step={1} {...common} />;
  if (options === undefined) {
    return <input type="text" maxLength={256} autocapitalize="none" spellcheck={name === "reason"} {...common} />;
  }
  return (
    <select {...common}>
      {options.map(([option, shown]) => (
        <option key={option} value={option}>
          {shown}
        </option>
      ))}
    </select>
  );
};

/** Asks for what an act needs, the reason above all, and does it. */
export const ActDialog = ({ act, onClose }: { readonly act: Act; readonly onClose: () => void }): JSX.Element => {
  const [values, setValues] = useState<Readonly<Record<string, string>>>(() =>
    Object.fromEntries(act.fields.map(({ name, value, options }) => [name, value ?? options?.[0]?.[0] ?? ""])),
  );
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const run = async (): Promise<void> => {
    setBusy(true);
    setProblem(undefined);
    try {
      tell(await act.run(Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value.trim()]))));
      onClose();
    } catch (error) {
      setProblem(why(error));
      setBusy(false);
    }
  };
  return (
    <Dialog title={act.title} onClose={onClose}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          void run();
        }}
      >
        <p class="lead">{act.lead}</p>
        {act.fields.map((field) => (
          <label key={field.name} class="field">
            <span>{field.label}</span>
            <Control
              field={field}
              value={values[field.name] ?? ""}
              onInput={(value) => setValues((before) => ({ ...before, [field.name]: value }))}
            />
            {field.hint !== undefined && <span class="hint">{field.hint}</span>}
          </label>
        ))}
        <p class="problem" role="alert" data-testid="act-problem">
          {problem}
        </p>
        <div class="dialog-foot">
          <button type="button" class="button button-plain" onClick={onClose}>
            {strings.cancel}
          </button>
          <button
            type="submit"
            class={act.danger === true ? "button button-danger" : "button"}
            disabled={busy}
            data-testid="act-submit"
          >
            {busy ? strings.working : act.submit}
          </button>
        </div>
      </form>
    </Dialog>
  );
};

/** One act at a time: what to render, and how to begin one. */
export const useAct = (): { readonly dialog: JSX.Element | null; readonly begin: (act: Act) => void } => {
  const [act, setAct] = useState<Act>();
  const dialog = act === undefined ? null : <ActDialog act={act} onClose={() => setAct(undefined)} />;
  return { dialog, begin: setAct };
};
