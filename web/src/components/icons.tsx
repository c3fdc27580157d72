import type { JSX } from "preact";

const PATHS = {
  back: "M15 5l-7 7 7 7",
  send: "M5 12h13M12.500 6l6 6-6 6",
  down: "M6 9l6 6 6-6",
  write: "M4 20l1-4.500L16 4.500l3.500 3.500L8.500 19 4 20zM14 6.500l3.500 3.500",
  group:
    "M9 11.500a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7zM2.500 19.500c0-3.500 3-5.500 6.500-5.500s6.500 2 6.500 5.500M16 5a3.500 3.500 0 0 1 0 6.500M18 14.500c2.200.700 3.500 2.500 3.500 5",
  sun: "M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM12 2.500v2M12 19.500v2M2.500 12h2M19.500 12h2M5.300 5.300l1.400 1.400M17.300 17.300l1.400 1.400M5.300 18.700l1.400-1.400M17.300 6.700l1.400-1.400",
  moon: "M20 14.500A8.500 8.500 0 0 1 9.500 4a8.500 8.500 0 1 0 10.500 10.500z",
  help: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM9.500 9.500a2.500 2.500 0 1 1 3.500 2.300c-.700.300-1 .900-1 1.700M12 16.800v.100",
  leave:
    "M14 4H6.500A1.500 1.500 0 0 0 5 5.500v13A1.500 1.500 0 0 0 6.500 20H14M10 12h10M16.500 8.500L20 12l-3.500 3.500",
  close: "M6 6l12 12M18 6L6 18",
  alert: "M12 7.500v5.500M12 16.400v.100M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z",
  clock: "M12 8v4.300l2.700 1.700M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16z",
  tick: "M5 12.500l4.500 4.500L19 7.500",
  ticks: "M1.500 12.500L6 17l9.500-9.500M11.500 16l1 1L22 7.500",
} as const;

export type IconName = keyof typeof PATHS;

/** A picture beside words that say the same: hidden from screen readers. */
export const Icon = ({ name, size = 22 }: { readonly name: IconName; readonly size?: number }): JSX.Element => (
  <svg class={`icon icon-${name}`} width={size} height={size} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
    <path d={PATHS[name]} />
  </svg>
);

export interface IconButtonProps {
  readonly icon: IconName;
  readonly label: string;
  readonly onClick: () => void;
  readonly testId?: string;
  readonly class?: string;
}

export const IconButton = ({ icon, label, onClick, testId, class: extra = "" }: IconButtonProps): JSX.Element => (
  <button
    type="button"
    class={`icon-button ${extra}`}
    aria-label={label}
    title={label}
    data-testid={testId}
    onClick={onClick}
  >
    <Icon name={icon} />
  </button>
);

/** The app's own mark. */
export const Mark = ({ size }: { readonly size: number }): JSX.Element => (
  <svg class="mark" width={size} height={size} viewBox="0 0 64 64" aria-hidden="true" focusable="false">
    <rect width="64" height="64" rx="16" />
    <path class="mark-near" d="M15 25a9 9 0 0 1 9-9h12a9 9 0 0 1 9 9v4a9 9 0 0 1-9 9H26l-8 7v-8.600A9 9 0 0 1 15 29Z" />
    <path class="mark-far" d="M49 31v6a9 9 0 0 1-3 6.700V51l-7-6h-8" />
  </svg>
);
