import type { JSX } from "preact";
import { Dialog } from "../components/dialog.tsx";
import { strings } from "../strings.ts";

export const Shortcuts = ({ onClose }: { readonly onClose: () => void }): JSX.Element => (
  <Dialog title={strings.shortcuts} onClose={onClose}>
    <dl class="shortcuts">
      {strings.shortcutRows.map(([keys, does]) => (
        <div key={keys} class="shortcut">
          <dt>
            <kbd>{keys}</kbd>
          </dt>
          <dd>{does}</dd>
        </div>
      ))}
    </dl>
  </Dialog>
);
