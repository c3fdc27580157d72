import type { JSX } from "preact";

interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly options: readonly (readonly [value: string, label: string])[];
  readonly testId: string;
  readonly disabled: boolean;
  readonly onChange: (value: string) => void;
}

/** One of a few, to choose or, without the right to, to read. */
export const Choice = ({ label, value, options, testId, disabled, onChange }: ChoiceProps): JSX.Element => (
  <label class="choice">
    <span>{label}</span>
    <select
      value={value}
      disabled={disabled}
      data-testid={testId}
      onChange={(event) => onChange(event.currentTarget.value)}
    >
      {options.map(([option, name]) => (
        <option key={option} value={option}>
          {name}
        </option>
      ))}
    </select>
  </label>
);
