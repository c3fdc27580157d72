import type { ComponentChildren, JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { strings } from "../strings.ts";
import { IconButton } from "./icons.tsx";

export interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

/** A modal page: the browser keeps the focus inside, closes it with Esc, and gives the focus back. */
export const Dialog = ({ title, onClose, children }: DialogProps): JSX.Element => {
  const element = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const dialog = element.current;
    const opener = document.activeElement;
    dialog?.showModal();
    // Where there is something to fill in, that comes first: not the button that closes.
    dialog?.querySelector("input")?.focus();
    return () => {
      dialog?.close();
      if (opener instanceof HTMLElement) opener.focus();
    };
  }, []);
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions, jsx-a11y/click-events-have-key-events -- a click beside the dialog closes it; Esc does it for the keyboard
    <dialog
      ref={element}
      class="dialog"
      aria-label={title}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => {
        if (event.target === element.current) onClose();
      }}
    >
      <div class="dialog-page">
        <header class="dialog-head">
          <h2>{title}</h2>
          <IconButton icon="close" label={strings.close} onClick={onClose} />
        </header>
        {children}
      </div>
    </dialog>
  );
};
