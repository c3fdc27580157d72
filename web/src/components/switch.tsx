import type { JSX } from "preact";
import { useId } from "preact/hooks";

export interface SwitchProps {
  readonly label: string;
  readonly hint: string;
  readonly on: boolean;
  readonly disabled?: boolean;
  /** Whether the hint says that something went wrong. */
  readonly wrong?: boolean;
  readonly testId: string;
  readonly onChange: (on: boolean) => void;
}

/** On or off, at once. */
export const Switch = ({
  label,
  hint,
  on,
  disabled = false,
  wrong = false,
  testId,
  onChange,
}: SwitchProps): JSX.Element => {
  const hintId = useId();
  return (
    <div class="switch-row">
      <button
        type="button"
        role="switch"
        class="switch"
        aria-checked={on}
        aria-describedby={hintId}
        disabled={disabled}
        data-testid={testId}
        onClick={() => onChange(!on)}
      >
        <span class="switch-label">{label}</span>
        <span class="switch-track" aria-hidden="true">
          <span class="switch-thumb" />
        </span>
      </button>
      <p class={wrong ? "problem" : "hint"} id={hintId} data-testid={`${testId}-hint`} aria-live="polite">
        {hint}
      </p>
    </div>
  );
};
