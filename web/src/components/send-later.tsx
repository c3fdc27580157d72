import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import { tell } from "../state/notice.ts";
import { strings } from "../strings.ts";
import { laterTimes, localInput, momentWords } from "../text/times.ts";
import { Dialog } from "./dialog.tsx";
import { IconButton } from "./icons.tsx";
import { Menu } from "./menu.tsx";
import { usePopover } from "./use-popover.ts";

const YEAR_MS = 365 * 86_400_000;

const problemOf = (at: Date): string | undefined => {
  const ahead = at.getTime() - Date.now();
  if (!(ahead > 0)) return strings.message.sendLaterPast;
  return ahead > YEAR_MS ? strings.message.sendLaterFar : undefined;
};

interface SendLaterProps {
  /** Resolves to whether the server took it. */
  readonly onTime: (at: Date) => Promise<boolean>;
}

const AtDialog = ({ onTime, onClose }: SendLaterProps & { readonly onClose: () => void }): JSX.Element => {
  const [typed, setTyped] = useState(() => localInput(new Date(Date.now() + 3_600_000)));
  const [problem, setProblem] = useState<string>();
  const submit = async (): Promise<void> => {
    const at = new Date(typed);
    const wrong = problemOf(at);
    setProblem(wrong);
    if (wrong === undefined && (await onTime(at))) onClose();
  };
  return (
    <Dialog title={strings.message.sendLaterTitle} onClose={onClose}>
      <form
        class="form"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <label class="field">
          <span>{strings.message.sendLaterAt}</span>
          <input
            type="datetime-local"
            step="1"
            value={typed}
            aria-invalid={problem !== undefined}
            aria-describedby="later-problem"
            data-testid="later-at"
            onInput={(event) => setTyped(event.currentTarget.value)}
          />
        </label>
        <p class="problem" id="later-problem" aria-live="polite">
          {problem}
        </p>
        <button type="submit" class="button" data-testid="later-submit">
          {strings.message.sendLaterSubmit}
        </button>
      </form>
    </Dialog>
  );
};

/** Beside "Send": the same at another time. */
export const SendLater = ({ onTime }: SendLaterProps): JSX.Element => {
  const { place, open, close } = usePopover();
  const [asking, setAsking] = useState(false);
  // Chosen once: entries that changed while one looks would lose the focus.
  const times = useMemo(() => laterTimes(new Date()), [place]);
  const schedule = async (at: Date): Promise<boolean> => {
    const went = await onTime(at);
    if (went) tell(strings.message.scheduledDone(momentWords(at.toISOString())));
    return went;
  };
  return (
    <>
      <IconButton
        icon="later"
        label={strings.message.sendLater}
        testId="send-later"
        expanded={place !== undefined}
        onClick={open}
      />
      {place !== undefined && (
        <Menu
          {...place}
          label={strings.message.sendLater}
          testId="send-later-menu"
          onClose={close}
          entries={[
            ...times.map((at) => ({
              id: `at-${at.getTime()}`,
              label: momentWords(at.toISOString()),
              run: () => void schedule(at),
            })),
            { id: "other-time", label: `${strings.message.sendLaterAt} …`, run: () => setAsking(true) },
          ]}
        />
      )}
      {asking && <AtDialog onTime={schedule} onClose={() => setAsking(false)} />}
    </>
  );
};
