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
  reply: "M9 6L3.500 11.500 9 17M4 11.500h9.500a7 7 0 0 1 7 7",
  forward: "M15 6l5.500 5.500L15 17M20 11.500h-9.500a7 7 0 0 0-7 7",
  thread: "M4.500 5h15v10.500h-8L7 19.500v-4H4.500zM8.500 9h7M8.500 12h4.500",
  pin: "M9 4h6l-.700 6 3.200 3v1.500h-11V13l3.200-3L9 4zM12 14.500V20.500",
  unpin: "M9 4h6l-.700 6 3.200 3v1.500h-11V13l3.200-3L9 4zM12 14.500V20.500M4 4l16 16",
  copy: "M9 9h10.500v10.500H9zM15 9V4.500H4.500V15H9",
  info: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 11v5.500M12 7.500v.100",
  bin: "M4.500 6.500h15M9.500 6.500v-2.500h5v2.500M6.500 6.500l.800 13.500h9.400l.800-13.500M10 10.500v6M14 10.500v6",
  smile:
    "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM8.500 14c.800 1.300 2 2 3.500 2s2.700-.700 3.500-2M9 9.500v.100M15 9.500v.100",
  more: "M12 5.500v.100M12 12v.100M12 18.500v.100",
  link: "M10 14a4 4 0 0 0 5.700 0l3.100-3.100a4 4 0 0 0-5.700-5.700L11.500 6.800M14 10a4 4 0 0 0-5.700 0l-3.100 3.100a4 4 0 0 0 5.700 5.700l1.600-1.600",
  timer: "M12 20.500a7.500 7.500 0 1 0 0-15 7.500 7.500 0 0 0 0 15zM12 9v4l2.500 1.500M9.500 2.500h5",
  at: "M15.500 12a3.500 3.500 0 1 1-7 0 3.500 3.500 0 0 1 7 0zM15.500 8.500V13a2.500 2.500 0 0 0 5 0v-1a8.500 8.500 0 1 0-3.500 6.900",
  later: "M12 8v4.300l2.700 1.700M20.500 9.500A8.800 8.800 0 1 0 20.700 14M20.500 4.500v5h-5",
  plus: "M12 5v14M5 12h14",
  channel: "M4 10v4h3l9 4.500V5.500L7 10H4zM8 14.500l1 5M19 9.500a3.500 3.500 0 0 1 0 5",
  up: "M6 15l6-6 6 6",
  search: "M10.500 17a6.500 6.500 0 1 0 0-13 6.500 6.500 0 0 0 0 13zM15.500 15.500L20.500 20.500",
  next: "M9 5l7 7-7 7",
  gear: "M4 7.500h8M17.500 7.500H20M4 16.500h2.500M12 16.500h8M14.750 10.250a2.750 2.750 0 1 0 0-5.500 2.750 2.750 0 0 0 0 5.500zM9.250 19.250a2.750 2.750 0 1 0 0-5.500 2.750 2.750 0 0 0 0 5.500z",
  person: "M12 11.500a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.500 20.500c0-4 3.400-6 7.500-6s7.500 2 7.500 6",
  eye: "M2.500 12S6 5.500 12 5.500 21.500 12 21.500 12 18 18.500 12 18.500 2.500 12 2.500 12zM12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6z",
  block: "M12 20.500a8.500 8.500 0 1 0 0-17 8.500 8.500 0 0 0 0 17zM6 6l12 12",
  device: "M3.500 5h17v11h-17zM9 20h6M12 16v4",
  phone: "M7.500 3h9v18h-9zM11 18h2",
  install: "M12 4v10.500M7.500 10.500L12 15l4.500-4.500M4.500 19.500h15",
  bell: "M6 16.500V11a6 6 0 0 1 12 0v5.500l1.500 1.500h-15zM10 20.500c1 .700 3 .700 4 0",
  mute: "M6 16.500V11c0-1 .200-1.900.600-2.700M9 5.900A6 6 0 0 1 18 11v4M4.500 18H16M10 20.500c1 .700 3 .700 4 0M4 4l16 16",
  archive: "M4 5h16v4H4zM5.500 9v10.500h13V9M10 13h4",
  shield:
    "M12 3l7.500 2.700v5.600c0 4.500-3 8-7.500 9.700-4.500-1.700-7.500-5.200-7.500-9.700V5.700L12 3zM8.800 12l2.300 2.300 4.200-4.300",
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
  readonly onClick: (event: MouseEvent) => void;
  readonly testId?: string;
  readonly class?: string;
  /** Whether what it opens is open. */
  readonly expanded?: boolean;
}

export const IconButton = ({
  icon,
  label,
  onClick,
  testId,
  class: extra = "",
  expanded,
}: IconButtonProps): JSX.Element => (
  <button
    type="button"
    class={`icon-button ${extra}`}
    aria-label={label}
    title={label}
    aria-expanded={expanded}
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
