import type { ComponentChildren, JSX } from "preact";
import type { Near } from "../state/pane.ts";
import { Icon, type IconName } from "./icons.tsx";
import { Popover } from "./popover.tsx";

export interface MenuEntry {
  readonly id: string;
  readonly label: string;
  readonly icon?: IconName;
  readonly danger?: boolean;
  /** One of several of which one holds. */
  readonly checked?: boolean;
  /** What it does opens something in the menu's place. */
  readonly stays?: boolean;
  run(): void;
}

export interface MenuProps {
  readonly label: string;
  readonly entries: readonly MenuEntry[];
  readonly near: Near;
  readonly back: HTMLElement | undefined;
  readonly onClose: () => void;
  readonly testId: string;
  /** Stands above the entries; its buttons are reached with the arrow keys too. */
  readonly top?: ComponentChildren;
}

const items = (menu: Element): HTMLElement[] => [...menu.querySelectorAll<HTMLElement>("[role^=menuitem]")];

/** Moves the focus as menus do: arrows, Home and End, or the first letter of an entry. */
const move = (event: KeyboardEvent): void => {
  const menu = event.currentTarget;
  if (!(menu instanceof HTMLElement)) return;
  const all = items(menu);
  const at = all.indexOf(document.activeElement as HTMLElement);
  const next = (): HTMLElement | undefined => {
    switch (event.key) {
      case "ArrowDown":
      case "ArrowRight":
        return all[(at + 1) % all.length];
      case "ArrowUp":
      case "ArrowLeft":
        return all.at(at <= 0 ? -1 : at - 1);
      case "Home":
        return all[0];
      case "End":
        return all.at(-1);
      default: {
        if (event.key.length !== 1 || event.key === " ") return undefined;
        const rest = [...all.slice(at + 1), ...all.slice(0, at + 1)];
        return rest.find((item) => item.textContent.trim().toLowerCase().startsWith(event.key.toLowerCase()));
      }
    }
  };
  const target = next();
  if (target === undefined) return;
  event.preventDefault();
  event.stopPropagation();
  target.focus();
};

export const Menu = ({ label, entries, near, back, onClose, testId, top }: MenuProps): JSX.Element => (
  <Popover
    near={near}
    label={label}
    as="menu"
    testId={testId}
    back={back}
    onClose={onClose}
    class="menu"
    onKeyDown={(event) => {
      if (event.key === "Tab") {
        event.preventDefault();
        onClose();
      } else move(event);
    }}
  >
    {top}
    {entries.map((entry, index) => (
      <button
        key={entry.id}
        type="button"
        role={entry.checked === undefined ? "menuitem" : "menuitemradio"}
        aria-checked={entry.checked}
        tabIndex={-1}
        class={entry.danger === true ? "menu-item menu-danger" : "menu-item"}
        data-testid={`menu-${entry.id}`}
        data-first={index === 0 ? "" : undefined}
        onClick={() => {
          if (entry.stays !== true) onClose();
          entry.run();
        }}
      >
        {entry.icon !== undefined && <Icon name={entry.icon} size={20} />}
        <span class="menu-words">{entry.label}</span>
        {entry.checked === true && <Icon name="tick" size={18} />}
        {entry.stays === true && <Icon name="next" size={16} />}
      </button>
    ))}
  </Popover>
);
