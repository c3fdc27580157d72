import { useState } from "preact/hooks";
import type { Near } from "../state/pane.ts";
import { nearElement } from "./popover.tsx";

interface Place {
  readonly near: Near;
  /** The button that opened it: it gets the focus back. */
  readonly back: HTMLElement;
}

export interface OpenPopover {
  /** Where it is open; `undefined` while it is not. */
  readonly place: Place | undefined;
  /** For the click of the button that opens it. */
  readonly open: (event: { readonly currentTarget: EventTarget | null }) => void;
  readonly close: () => void;
}

/** Something small that a button opens beside itself. */
export const usePopover = (): OpenPopover => {
  const [place, setPlace] = useState<Place>();
  return {
    place,
    open: ({ currentTarget }) => {
      if (currentTarget instanceof HTMLElement) setPlace({ near: nearElement(currentTarget), back: currentTarget });
    },
    close: () => setPlace(undefined),
  };
};
