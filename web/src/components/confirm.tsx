import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { strings } from "../strings.ts";
import { Dialog } from "./dialog.tsx";

export interface ConfirmProps {
  readonly title: string;
  readonly lead: string;
  readonly submit: string;
  readonly danger?: boolean;
  /** Resolves to whether it went well: then the dialog closes. */
  readonly onConfirm: () => Promise<boolean>;
  readonly onClose: () => void;
}

/** Asks before what cannot be undone. */
export const Confirm = ({ title, lead, submit, danger = true, onConfirm, onClose }: ConfirmProps): JSX.Element => {
  const [busy, setBusy] = useState(false);
  const confirm = async (): Promise<void> => {
    setBusy(true);
    if (await onConfirm()) onClose();
    else setBusy(false);
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <p class="lead">{lead}</p>
      <div class="dialog-foot">
        <button type="button" class="button button-plain" onClick={onClose}>
          {strings.cancel}
        </button>
        <button
          type="button"
          class={danger ? "button button-danger" : "button"}
          disabled={busy}
          data-testid="confirm"
          onClick={() => void confirm()}
        >
          {busy ? strings.working : submit}
        </button>
      </div>
    </Dialog>
  );
};
