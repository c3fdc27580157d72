import type { JSX } from "preact";
import { Switch } from "../components/switch.tsx";
import { useChat, useConnection } from "../state/client-context.ts";
import { attempt } from "../state/notice.ts";
import { usePeople } from "../state/people.ts";
import { pushReason } from "../state/push-reason.ts";
import { decline } from "../state/push-ask.ts";
import type { PushState } from "../state/push-state.ts";
import { useRemote } from "../state/remote.ts";
import { useSignal } from "../state/signal.ts";
import { strings, wordsFor } from "../strings.ts";
import { NotificationChoices } from "./notification-choices.tsx";
import { Panel } from "./panel.tsx";

const words = strings.notify;

const hintOf = (state: PushState, online: boolean, name: (userId: string) => string): string => {
  switch (state.at) {
    case "unknown":
      return online ? strings.working : words.states.offline;
    case "unsupported":
      return words.states[state.why];
    case "off":
      return state.by === undefined ? words.states.off : words.by(name(state.by));
    case "working":
      return strings.working;
    case "failed":
      return pushReason(state.error);
    case "on":
    case "blocked":
      return words.states[state.at];
  }
};

const isOn = (state: PushState): boolean =>
  state.at === "on" ||
  (state.at === "working" && state.to === "on") ||
  // What could not be turned off is on.
  (state.at === "failed" && state.to === "off");

const ThisDevice = (): JSX.Element => {
  const { push, userId } = useChat();
  const { name } = usePeople();
  const state = useSignal(push.state);
  const online = useConnection().name === "online";
  const turn = (on: boolean): void => {
    // Whoever turns them off does not want to be asked about it in a minute.
    if (!on) decline(userId);
    void (on ? push.turnOn() : push.turnOff());
  };
  return (
    <>
      <Switch
        label={words.device}
        hint={hintOf(state, online, name)}
        on={isOn(state)}
        wrong={state.at === "failed"}
        disabled={state.at !== "on" && state.at !== "off" && state.at !== "failed"}
        testId="push-switch"
        onChange={turn}
      />
      {state.at === "on" && (
        <button
          type="button"
          class="link-button settings-action"
          data-testid="push-test"
          onClick={() => void attempt(push.test(), words.testSent)}
        >
          {words.test}
        </button>
      )}
    </>
  );
};

/** Whether one is notified while the app is closed, here, and how on all devices. */
export const NotificationsPanel = (): JSX.Element => {
  const { client, push } = useChat();
  const own = useRemote(() => client.profile(), [client]);
  const offer = useSignal(push.offer);
  return (
    <Panel title={strings.setting.pages.notifications} testId="panel-notifications">
      <div class="panel-body">
        <ThisDevice />
        <h3 class="section-head">{words.all}</h3>
        {own.at === "loading" && <p class="hint">{strings.working}</p>}
        {own.at === "failed" && <p class="problem">{wordsFor(own.error)}</p>}
        {own.at === "there" && (
          <NotificationChoices before={own.value.notifications ?? {}} previews={offer?.previews === true} />
        )}
      </div>
    </Panel>
  );
};
