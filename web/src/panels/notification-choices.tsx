import type { Notifications } from "@parley/client";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Switch } from "../components/switch.tsx";
import { useChat } from "../state/client-context.ts";
import { attempt } from "../state/notice.ts";
import { strings } from "../strings.ts";
import { timesOfDay } from "../text/times.ts";
import { Choice } from "./choice.tsx";

const words = strings.notify;

type QuietHours = NonNullable<Notifications["quiet_hours"]>;

const ownZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

const Hours = ({
  hours,
  onChange,
}: {
  readonly hours: QuietHours;
  readonly onChange: (hours: QuietHours) => void;
}): JSX.Element => {
  const zone = ownZone();
  return (
    <div class="quiet" data-testid="quiet-hours">
      {(["from", "until"] as const).map((end) => (
        <Choice
          key={end}
          label={words[end]}
          value={hours[end]}
          options={timesOfDay(hours[end]).map((time) => [time, time] as const)}
          testId={`quiet-${end}`}
          disabled={false}
          onChange={(time) => onChange({ ...hours, [end]: time, time_zone: zone })}
        />
      ))}
      <p class="hint" data-testid="quiet-zone">
        {words.zone(hours.time_zone)}
      </p>
      {hours.time_zone !== zone && (
        <button
          type="button"
          class="link-button settings-action"
          data-testid="quiet-own-zone"
          onClick={() => onChange({ ...hours, time_zone: zone })}
        >
          {words.ownZone(zone)}
        </button>
      )}
    </div>
  );
};

/** What holds for notifications on all devices. A change takes effect at once; a refusal is told and undone. */
export const NotificationChoices = ({
  before,
  previews,
}: {
  readonly before: Notifications;
  /** Whether the operator leaves it to people to see the beginning of messages. */
  readonly previews: boolean;
}): JSX.Element => {
  const { client } = useChat();
  const [chosen, setChosen] = useState(before);
  const choose = async (change: Notifications): Promise<void> => {
    const changed = { ...chosen, ...change };
    setChosen(changed);
    if (!(await attempt(client.updateProfile({ notifications: changed }), strings.setting.saved))) setChosen(chosen);
  };
  const hours = chosen.quiet_hours ?? undefined;
  return (
    <>
      {previews && (
        <Switch
          label={words.previews}
          hint={words.previewsHint}
          on={chosen.previews === true}
          testId="push-previews"
          onChange={(on) => void choose({ previews: on })}
        />
      )}
      <Switch
        label={words.quiet}
        hint={words.quietHint}
        on={hours !== undefined}
        testId="push-quiet"
        onChange={(on) =>
          void choose({ quiet_hours: on ? { from: "22:00", until: "07:00", time_zone: ownZone() } : null })
        }
      />
      {hours !== undefined && <Hours hours={hours} onChange={(quiet_hours) => void choose({ quiet_hours })} />}
    </>
  );
};
