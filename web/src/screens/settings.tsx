import type { JSX } from "preact";
import { Icon, IconButton, type IconName } from "../components/icons.tsx";
import { PersonAvatar } from "../components/person-avatar.tsx";
import { BlockedPanel } from "../panels/blocked-panel.tsx";
import { Choice } from "../panels/choice.tsx";
import { DevicesPanel } from "../panels/devices-panel.tsx";
import { NotificationsPanel } from "../panels/notifications-panel.tsx";
import { PrivacyPanel } from "../panels/privacy-panel.tsx";
import { ProfilePanel } from "../panels/profile-panel.tsx";
import { useChat } from "../state/client-context.ts";
import { install, installOffer } from "../state/install.ts";
import { usePeople } from "../state/people.ts";
import { backToList, openOperators, openPanel, panel, type SettingsPage } from "../state/route.ts";
import { useSignal } from "../state/signal.ts";
import { chooseTheme, theme, themeChoice, type ThemeChoice } from "../state/theme.ts";
import { strings } from "../strings.ts";

const words = strings.setting;
const THEMES = ["system", "light", "dark"] as const;

const Entry = ({
  icon,
  label,
  testId,
  opens = false,
  current = false,
  onClick,
}: {
  readonly icon: IconName;
  readonly label: string;
  readonly testId: string;
  /** Whether it leads to a page. */
  readonly opens?: boolean;
  readonly current?: boolean;
  readonly onClick: () => void;
}): JSX.Element => (
  <button
    type="button"
    class="link-row"
    aria-current={current ? "true" : undefined}
    data-testid={testId}
    onClick={onClick}
  >
    <Icon name={icon} size={20} />
    <span class="link-row-words">{label}</span>
    {opens && <Icon name="next" size={18} />}
  </button>
);

const Appearance = (): JSX.Element => {
  // Also when the system changes its mind.
  useSignal(theme);
  return (
    <Choice
      label={words.theme}
      value={themeChoice()}
      options={THEMES.map((one) => [one, words.themes[one]] as const)}
      testId="theme"
      disabled={false}
      onChange={(value) => chooseTheme(THEMES.find((one): one is ThemeChoice => one === value) ?? "system")}
    />
  );
};

const PAGES: readonly (readonly [SettingsPage, IconName])[] = [
  ["profile", "person"],
  ["notifications", "bell"],
  ["privacy", "eye"],
  ["blocked", "block"],
  ["devices", "device"],
];

/** The page that is open beside the list of settings. */
const SettingsPanel = ({ page }: { readonly page: string | undefined }): JSX.Element | null => {
  switch (page) {
    case "profile":
      return <ProfilePanel />;
    case "notifications":
      return <NotificationsPanel />;
    case "privacy":
      return <PrivacyPanel />;
    case "blocked":
      return <BlockedPanel />;
    case "devices":
      return <DevicesPanel />;
    default:
      return null;
  }
};

/** Everything about oneself and this app, in the place of a conversation; its pages open beside it. */
export const Settings = ({ showShortcuts }: { readonly showShortcuts: () => void }): JSX.Element => {
  const { userId, signOut, leave, folding, operatorToken } = useChat();
  const { name } = usePeople();
  const open = useSignal(panel)?.at;
  const offer = useSignal(installOffer);
  return (
    <>
      <section class="pane" aria-label={words.title} data-testid="settings">
        <header class="head">
          <IconButton class="head-back" icon="back" label={strings.back} testId="back" onClick={backToList} />
          <h2 class="head-title settings-title">{words.title}</h2>
        </header>
        <div class="panel-body settings">
          <div class="settings-me">
            <PersonAvatar id={userId} size="normal" />
            <p class="settings-me-words">
              <bdi class="settings-me-name">{name(userId)}</bdi>
              <span class="person-note">{strings.signedInAs(userId)}</span>
            </p>
          </div>
          <div class="settings-group">
            {PAGES.map(([page, icon]) => (
              <Entry
                key={page}
                icon={icon}
                label={words.pages[page]}
                testId={`settings-${page}`}
                opens
                current={open === page}
                onClick={() => openPanel({ at: page })}
              />
            ))}
          </div>
          <div class="settings-group">
            <Appearance />
          </div>
          <div class="settings-group">
            {offer !== undefined && <Entry icon="install" label={words.install} testId="install" onClick={install} />}
            <Entry icon="help" label={strings.shortcuts} testId="shortcuts" onClick={showShortcuts} />
            {operatorToken !== undefined && (
              <Entry icon="shield" label={words.operators} testId="operators" opens onClick={() => openOperators()} />
            )}
            {folding && <Entry icon="group" label={words.otherPerson} testId="other-person" onClick={leave} />}
            <button type="button" class="danger-button" data-testid="sign-out" onClick={signOut}>
              <Icon name="leave" size={20} />
              {strings.signOut}
            </button>
          </div>
        </div>
      </section>
      <SettingsPanel page={open} />
    </>
  );
};
