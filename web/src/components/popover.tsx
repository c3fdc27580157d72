import type { ComponentChildren, JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Near } from "../state/pane.ts";
import { touch } from "../state/touch.ts";

export interface PopoverProps {
  readonly near: Near;
  readonly label: string;
  readonly as: "menu" | "dialog";
  readonly testId: string;
  /** Gets the focus back. */
  readonly back: HTMLElement | undefined;
  readonly onClose: () => void;
  readonly onKeyDown?: (event: KeyboardEvent) => void;
  readonly class?: string;
  readonly children: ComponentChildren;
}

const GAP = 6;
const EDGE = 8;

/** Below what it belongs to where there is room, else above; never over the edge of the screen. */
const place = (element: HTMLElement, near: Near): void => {
  const { width, height } = element.getBoundingClientRect();
  const below = near.bottom + GAP;
  const top = below + height <= innerHeight - EDGE ? below : near.top - GAP - height;
  const rtl = document.documentElement.dir === "rtl";
  const left = rtl ? near.right - width : near.left;
  element.style.top = `${Math.max(EDGE, Math.min(top, innerHeight - height - EDGE))}px`;
  element.style.left = `${Math.max(EDGE, Math.min(left, innerWidth - width - EDGE))}px`;
};

/** Something small over everything else: Esc, a click beside it, and choosing close it. */
export const Popover = (props: PopoverProps): JSX.Element => {
  const element = useRef<HTMLDivElement>(null);
  const close = useRef(props.onClose);
  close.current = props.onClose;
  useLayoutEffect(() => {
    const box = element.current;
    if (box === null) return undefined;
    box.showPopover();
    // Again whenever more of it is there.
    const sized = new ResizeObserver(() => place(box, props.near));
    sized.observe(box);
    place(box, props.near);
    // A field would bring up the keyboard of a phone, over what one came to see.
    const wanted = touch.matches ? ["[data-first]", "button"] : ["input", "[data-first]", "button"];
    const first = wanted.map((what) => box.querySelector<HTMLElement>(what));
    (first.find((one) => one !== null) ?? box).focus({ preventScroll: true });
    // Not left to the browser: it would take the end of the press that opened this for one beside it.
    const pressed = (event: Event): void => {
      if (event.target instanceof Node && !box.contains(event.target)) close.current();
    };
    const resized = (): void => close.current();
    addEventListener("pointerdown", pressed, true);
    addEventListener("resize", resized);
    return () => {
      sized.disconnect();
      removeEventListener("pointerdown", pressed, true);
      removeEventListener("resize", resized);
      const inside = document.activeElement === document.body || box.contains(document.activeElement);
      if (inside) props.back?.focus({ preventScroll: true });
    };
  }, []);
  return (
    // oxlint-disable-next-line jsx-a11y/no-static-element-interactions -- the role is given by whoever uses it
    <div
      ref={element}
      popover="manual"
      class={`popover ${props.class ?? ""}`}
      role={props.as}
      aria-label={props.label}
      tabIndex={-1}
      data-testid={props.testId}
      onKeyDown={(event) => {
        if (event.key === "Escape") {
          event.preventDefault();
          event.stopPropagation();
          props.onClose();
        } else props.onKeyDown?.(event);
      }}
    >
      {props.children}
    </div>
  );
};

/** The place of an element, for what opens beside it. */
export const nearElement = (element: Element): Near => element.getBoundingClientRect();
