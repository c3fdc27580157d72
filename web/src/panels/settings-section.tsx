import type { JSX } from "preact";
import { useChat } from "../state/client-context.ts";
import { attempt } from "../state/notice.ts";
import { strings } from "../strings.ts";
import type { Conversation, Settings } from "../types.ts";
import { Choice } from "./choice.tsx";

const words = strings.group;

const HOUR = 3600;
const DAY = 24 * HOUR;
const SPANS = [0, HOUR, DAY, 7 * DAY, 28 * DAY, 84 * DAY] as const;

/** Where the row names none: what conversations begin with. */
const settingsOf = ({ settings, type }: Conversation): Settings => ({
  add: "admins",
  rename: "admins",
  pin: "admins",
  write: type === "channel" ? "admins" : "everyone",
  history: "all",
  expires_in: 0,
  ...settings,
});

const spanLabel = (seconds: number): string => (seconds === 0 ? words.never : words.spans(seconds));

/** What may be done by whom, and how long messages stay. A change takes effect at once. */
export const SettingsSection = ({ conversation }: { readonly conversation: Conversation }): JSX.Element => {
  const { client } = useChat();
  const { conversation_id: id, type } = conversation;
  const disabled = !client.permissions(id).manage;
  const settings = settingsOf(conversation);
  const change = (changed: Partial<Settings>): void =>
    void attempt(client.changeConversation(id, { settings: changed }), words.saved);
  const rights = [
    ["add", words.settingAdd],
    ["rename", words.settingRename],
    ["pin", words.settingPin],
    ["write", words.settingWrite],
  ] as const;
  const who = [
    ["everyone", words.who.everyone],
    ["admins", words.who.admins],
  ] as const;
  // What another client chose stands among the choices, too.
  const spans = [...new Set([...SPANS, settings.expires_in])].toSorted((a, b) => a - b);
  return (
    <div class="choices">
      {type === "group" &&
        rights.map(([right, label]) => (
          <Choice
            key={right}
            label={label}
            value={settings[right]}
            options={who}
            testId={`setting-${right}`}
            disabled={disabled}
            onChange={(value) => change({ [right]: value === "everyone" ? "everyone" : "admins" })}
          />
        ))}
      <Choice
        label={words.settingHistory}
        value={settings.history}
        options={[
          ["all", words.history.all],
          ["since_joined", words.history.since_joined],
        ]}
        testId="setting-history"
        disabled={disabled}
        onChange={(value) => change({ history: value === "all" ? "all" : "since_joined" })}
      />
      <Choice
        label={words.settingExpires}
        value={String(settings.expires_in)}
        options={spans.map((seconds) => [String(seconds), spanLabel(seconds)] as const)}
        testId="setting-expires"
        disabled={disabled}
        onChange={(value) => change({ expires_in: Number(value) })}
      />
    </div>
  );
};
