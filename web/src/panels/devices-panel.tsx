import type { DeviceInfo } from "@parley/client";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Confirm } from "../components/confirm.tsx";
import { Icon, IconButton } from "../components/icons.tsx";
import { useChat } from "../state/client-context.ts";
import { attempt } from "../state/notice.ts";
import { useRemote } from "../state/remote.ts";
import { strings, wordsFor } from "../strings.ts";
import { lastSeenWords } from "../text/times.ts";
import { Panel } from "./panel.tsx";

const words = strings.setting;
const nameOf = ({ name, device_id: id }: DeviceInfo): string => name || `${words.unnamedDevice} ${id.slice(-4)}`;

const noteOf = ({ current, status, last_seen: seen }: DeviceInfo): string => {
  if (current === true || status === "active") return words.activeNow;
  if (status === "idle") return words.connected;
  return seen === undefined ? "" : words.lastActive(lastSeenWords(seen));
};

/** Many names say it already: "Chrome on Linux". */
const platformOf = ({ platform = "", name = "" }: DeviceInfo): string => (name.includes(platform) ? "" : platform);

const isHandheld = ({ platform = "", name = "" }: DeviceInfo): boolean =>
  /android|ios|iphone|ipad/i.test(`${platform} ${name}`);

const Row = ({ device, onRemove }: { readonly device: DeviceInfo; readonly onRemove?: () => void }): JSX.Element => (
  <li class="device" data-testid="device" data-device-id={device.device_id} data-current={device.current}>
    <Icon name={isHandheld(device) ? "phone" : "device"} />
    <span class="device-words">
      <bdi class="device-name">{nameOf(device)}</bdi>
      <span class="person-note">{[platformOf(device), noteOf(device)].filter((part) => part !== "").join(" · ")}</span>
    </span>
    {onRemove !== undefined && (
      <IconButton icon="bin" label={words.removeDevice(nameOf(device))} testId="device-remove" onClick={onRemove} />
    )}
  </li>
);

type Asking = { readonly devices: readonly DeviceInfo[]; readonly all: boolean };

const Ask = ({
  asking,
  onDone,
  onClose,
}: {
  readonly asking: Asking;
  readonly onDone: () => void;
  readonly onClose: () => void;
}): JSX.Element => {
  const { client } = useChat();
  const [first] = asking.devices;
  const remove = async (): Promise<boolean> => {
    const removing = Promise.all(asking.devices.map((device) => client.removeDevice(device.device_id)));
    const done = await attempt(removing, words.removed);
    onDone();
    return done;
  };
  return (
    <Confirm
      title={asking.all || first === undefined ? words.removeOthersTitle : words.removeTitle(nameOf(first))}
      lead={asking.all ? words.removeOthersLead : words.removeLead}
      submit={asking.all ? words.removeOthers : words.remove}
      onConfirm={remove}
      onClose={onClose}
    />
  );
};

const DeviceList = ({
  devices,
  again,
}: {
  readonly devices: readonly DeviceInfo[];
  readonly again: () => void;
}): JSX.Element => {
  const { client } = useChat();
  const [asking, setAsking] = useState<Asking>();
  const isOwn = ({ device_id: id, current }: DeviceInfo): boolean => current === true || id === client.deviceId;
  const own = devices.filter(isOwn);
  const others = devices
    .filter((device) => !isOwn(device))
    .toSorted((a, b) => (b.last_seen ?? "").localeCompare(a.last_seen ?? ""));
  return (
    <>
      <h3 class="section-head">{words.thisDevice}</h3>
      <ul class="devices" data-testid="own-device">
        {own.map((device) => (
          <Row key={device.device_id} device={{ ...device, current: true }} />
        ))}
      </ul>
      <h3 class="section-head">{words.otherDevices}</h3>
      {others.length === 0 && <p class="hint">{words.noOtherDevices}</p>}
      <ul class="devices" data-testid="other-devices">
        {others.map((device) => (
          <Row key={device.device_id} device={device} onRemove={() => setAsking({ devices: [device], all: false })} />
        ))}
      </ul>
      {others.length > 0 && (
        <button
          type="button"
          class="danger-button"
          data-testid="remove-others"
          onClick={() => setAsking({ devices: others, all: true })}
        >
          <Icon name="leave" size={20} />
          {words.removeOthers}
        </button>
      )}
      {asking !== undefined && <Ask asking={asking} onDone={again} onClose={() => setAsking(undefined)} />}
    </>
  );
};

/** Where one is signed in, and how to end that. */
export const DevicesPanel = (): JSX.Element => {
  const { client } = useChat();
  const devices = useRemote(() => client.devices(), [client]);
  return (
    <Panel title={words.pages.devices} testId="panel-devices">
      <div class="panel-body">
        {devices.at === "loading" && <p class="hint">{strings.working}</p>}
        {devices.at === "failed" && <p class="problem">{wordsFor(devices.error)}</p>}
        {devices.at === "there" && <DeviceList devices={devices.value} again={devices.again} />}
      </div>
    </Panel>
  );
};
