import type { JSX } from "preact";
import { reloadIntoUpdate, updateReady } from "../state/app-update.ts";
import { useSignal } from "../state/signal.ts";
import { strings } from "../strings.ts";

/** Says that there is a newer version, and lets whoever likes go on in it. */
export const UpdateLine = (): JSX.Element => {
  const ready = useSignal(updateReady);
  return (
    <output class="update-place">
      {ready && (
        <span class="update" data-testid="update">
          {strings.setting.updateReady}
          <button type="button" class="link-button" data-testid="update-reload" onClick={reloadIntoUpdate}>
            {strings.setting.reload}
          </button>
        </span>
      )}
    </output>
  );
};
