import type { ComponentChildren, JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { IconButton } from "../components/icons.tsx";
import { closePanel } from "../state/route.ts";
import { strings } from "../strings.ts";

export interface PanelProps {
  readonly title: string;
  readonly testId: string;
  readonly children: ComponentChildren;
}

/** What is open beside the conversation. It takes the focus, and gives it back where it came from. */
export const Panel = ({ title, testId, children }: PanelProps): JSX.Element => {
  const element = useRef<HTMLElement>(null);
  useLayoutEffect(() => {
    const opener = document.activeElement;
    const inside = element.current?.contains(opener) === true;
    if (!inside) element.current?.focus({ preventScroll: true });
    return () => {
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus({ preventScroll: true });
      else document.querySelector<HTMLElement>("[data-testid=composer]")?.focus({ preventScroll: true });
    };
  }, []);
  return (
    <aside ref={element} class="panel" aria-label={title} tabIndex={-1} data-testid={testId}>
      <header class="head panel-head">
        <IconButton icon="close" label={strings.group.closePanel} testId="panel-close" onClick={closePanel} />
        <h2 class="head-title">{title}</h2>
      </header>
      {children}
    </aside>
  );
};
