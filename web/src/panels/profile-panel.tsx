import type { Profile, ProfileChanges } from "@parley/client";
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Avatar } from "../components/avatar.tsx";
import { useChat } from "../state/client-context.ts";
import { attempt } from "../state/notice.ts";
import { useRemote } from "../state/remote.ts";
import { strings, wordsFor } from "../strings.ts";
import { Panel } from "./panel.tsx";
import { PictureField } from "./picture-field.tsx";

const words = strings.setting;
const NAME_CHARS = 128;
const USERNAME = /^[a-z0-9_.]{3,32}$/;
/** Nobody's pause between two letters. */
const PAUSE_MS = 350;

type Verdict = { readonly ok: boolean; readonly text: string };

/** What is said of a username while it is typed: its shape at once, and whether it is taken after a moment. */
const useVerdict = (typed: string, own: string | undefined): Verdict => {
  const { client, userId } = useChat();
  const [taken, setTaken] = useState<{ readonly name: string; readonly by: string | undefined }>();
  const shaped = USERNAME.test(typed);
  useEffect(() => {
    if (!shaped || typed === own) return undefined;
    const life = { over: false };
    const ask = async (): Promise<void> => {
      const found = await client.findUser(typed);
      if (!life.over) setTaken({ name: typed, by: found?.user_id });
    };
    const timer = setTimeout(() => {
      ask().catch(() => {
        // Saving will tell.
      });
    }, PAUSE_MS);
    return () => {
      life.over = true;
      clearTimeout(timer);
    };
  }, [client, typed, own, shaped]);
  if (typed === "" || typed === own) return { ok: true, text: words.usernameHint };
  if (!shaped) return { ok: false, text: words.usernameShape };
  if (taken?.name !== typed) return { ok: true, text: words.usernameHint };
  return taken.by === undefined || taken.by === userId
    ? { ok: true, text: words.usernameFree(typed) }
    : { ok: false, text: words.usernameTaken(typed) };
};

/** What is empty is taken away. */
const changed = (before: string | undefined, now: string | undefined): string | null | undefined =>
  (before ?? "") === (now ?? "") ? undefined : now || null;

const changesOf = (before: Profile, name: string, username: string, picture: string | undefined): ProfileChanges => {
  const all = {
    display_name: changed(before.display_name, name.trim()),
    username: changed(before.username, username),
    avatar: changed(before.avatar, picture),
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
};

interface FieldProps {
  readonly label: string;
  readonly value: string;
  readonly hint: string;
  readonly wrong?: boolean;
  readonly testId: string;
  readonly onType: (text: string) => void;
}

const Field = ({ label, value, hint, wrong = false, testId, onType }: FieldProps): JSX.Element => (
  <>
    <label class="field">
      <span>{label}</span>
      <input
        type="text"
        value={value}
        maxLength={NAME_CHARS}
        dir="auto"
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
        aria-invalid={wrong}
        aria-describedby={`${testId}-hint`}
        data-testid={testId}
        onInput={(event) => onType(event.currentTarget.value)}
      />
    </label>
    <p class={wrong ? "problem" : "hint"} id={`${testId}-hint`} data-testid={`${testId}-hint`} aria-live="polite">
      {hint}
    </p>
  </>
);

const PictureChoice = ({
  picture,
  onPicture,
}: {
  readonly picture: string | undefined;
  readonly onPicture: (picture: string | undefined) => void;
}): JSX.Element => (
  <>
    <PictureField onPicture={onPicture} />
    {picture !== undefined && (
      <button
        type="button"
        class="link-button settings-action"
        data-testid="profile-no-picture"
        onClick={() => onPicture(undefined)}
      >
        {words.removePicture}
      </button>
    )}
  </>
);

const ProfileForm = ({
  before,
  onSaved,
}: {
  readonly before: Profile;
  readonly onSaved: (profile: Profile) => void;
}): JSX.Element => {
  const { client, userId } = useChat();
  const [name, setName] = useState(before.display_name ?? "");
  const [username, setUsername] = useState(before.username ?? "");
  const [picture, setPicture] = useState(before.avatar);
  const [clash, setClash] = useState<string>();
  const verdict = useVerdict(username, before.username);
  const wrong = !verdict.ok || clash === username;
  const changes = changesOf(before, name, username, picture);
  const save = async (): Promise<void> => {
    const saving = client.updateProfile(changes);
    saving.catch((error: unknown) => {
      const code = typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
      if (code === "conflict") setClash(username);
    });
    if (await attempt(saving, words.saved)) onSaved(await saving);
  };
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        if (!wrong) void save();
      }}
    >
      <div class="info-face">
        <Avatar id={userId} name={name || userId} picture={picture} size="large" />
        <p class="person-note">{words.yourId(userId)}</p>
      </div>
      <Field
        label={words.displayName}
        value={name}
        hint={words.displayNameHint}
        testId="profile-name"
        onType={setName}
      />
      <Field
        label={words.username}
        value={username}
        hint={clash === username ? words.usernameTaken(username) : verdict.text}
        wrong={wrong}
        testId="profile-username"
        onType={(text) => setUsername(text.trim().toLowerCase().replace(/^@/, ""))}
      />
      <PictureChoice picture={picture} onPicture={setPicture} />
      <button
        type="submit"
        class="button"
        disabled={wrong || Object.keys(changes).length === 0}
        data-testid="profile-save"
      >
        {words.save}
      </button>
    </form>
  );
};

/** One's own name, username and picture. */
export const ProfilePanel = (): JSX.Element => {
  const { client } = useChat();
  const own = useRemote(() => client.profile(), [client]);
  const [saved, setSaved] = useState<Profile>();
  return (
    <Panel title={words.pages.profile} testId="panel-profile">
      <div class="panel-body">
        {own.at === "loading" && <p class="hint">{strings.working}</p>}
        {own.at === "failed" && <p class="problem">{wordsFor(own.error)}</p>}
        {own.at === "there" && <ProfileForm before={saved ?? own.value} onSaved={setSaved} />}
      </div>
    </Panel>
  );
};
