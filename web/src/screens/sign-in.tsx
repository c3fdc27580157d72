import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Avatar } from "../components/avatar.tsx";
import { Icon, IconButton, Mark } from "../components/icons.tsx";
import { UpdateLine } from "../components/update-line.tsx";
import { forgetUser, readToken, rememberedUsers, tokenByName, type Session } from "../state/account.ts";
import { switchTheme, theme } from "../state/theme.ts";
import { useSignal } from "../state/signal.ts";
import { strings } from "../strings.ts";
import { normaliseName } from "../text/names.ts";

interface SignInProps {
  readonly onSession: (session: Session) => void;
}

const Problem = ({ text }: { readonly text: string | undefined }): JSX.Element => (
  <p class="problem" role="alert" id="signin-problem">
    {text}
  </p>
);

const Remembered = ({
  onPick,
  busy,
}: {
  readonly onPick: (id: string) => void;
  readonly busy: boolean;
}): JSX.Element | null => {
  const [users, setUsers] = useState(rememberedUsers);
  if (users.length === 0) return null;
  const forget = (id: string): void => {
    forgetUser(id);
    setUsers(rememberedUsers());
  };
  return (
    <section class="remembered" aria-label={strings.signInContinue}>
      <p class="hint">{strings.signInContinue}</p>
      {users.map((id) => (
        <div key={id} class="remembered-row">
          <button type="button" class="remembered-user" disabled={busy} onClick={() => onPick(id)}>
            <Avatar id={id} name={id} size="small" />
            <span>{id}</span>
          </button>
          <IconButton icon="close" label={strings.signInRemove(id)} onClick={() => forget(id)} />
        </div>
      ))}
    </section>
  );
};

const NameForm = ({ onSession, onNoNames }: SignInProps & { readonly onNoNames: () => void }): JSX.Element => {
  const [name, setName] = useState("");
  const [problem, setProblem] = useState<string>();
  const [busy, setBusy] = useState(false);
  const [operator, setOperator] = useState(false);
  const signIn = async (typed: string): Promise<void> => {
    const known = normaliseName(typed);
    if (!known.ok) {
      setProblem(strings.nameProblems[known.reason]);
      return;
    }
    setBusy(true);
    setProblem(undefined);
    const answer = await tokenByName(known.id, "sign-in");
    setBusy(false);
    if (answer.ok) onSession({ kind: "dev", userId: known.id, operator });
    else if (answer.reason === "no-names") onNoNames();
    else setProblem(answer.reason === "unreachable" ? strings.signInUnreachable : strings.somethingWrong);
  };
  const normalised = normaliseName(name);
  const differs = normalised.ok && normalised.id !== name.trim();
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        void signIn(name);
      }}
    >
      <h1>{strings.signInTitle}</h1>
      <p class="lead">{strings.signInLead}</p>
      <label class="field">
        <span>{strings.signInName}</span>
        <input
          type="text"
          value={name}
          placeholder={strings.signInPlaceholder}
          autocomplete="username"
          autocapitalize="none"
          spellcheck={false}
          aria-describedby="signin-problem"
          aria-invalid={problem !== undefined}
          data-testid="signin-name"
          ref={(input) => {
            if (input !== null && document.activeElement === document.body) input.focus();
          }}
          onInput={(event) => {
            setName(event.currentTarget.value);
            setProblem(undefined);
          }}
        />
      </label>
      <label class="check">
        <input
          type="checkbox"
          checked={operator}
          data-testid="signin-operator"
          onChange={(event) => setOperator(event.currentTarget.checked)}
        />
        {strings.signInOperator}
      </label>
      <Problem text={problem ?? (differs ? strings.signInAs(normalised.id) : undefined)} />
      <button type="submit" class="button" disabled={busy} data-testid="signin-submit">
        {busy ? strings.signInBusy : strings.signInSubmit}
      </button>
      <Remembered busy={busy} onPick={(id) => void signIn(id)} />
    </form>
  );
};

const TokenForm = ({ onSession, onNames }: SignInProps & { readonly onNames: () => void }): JSX.Element => {
  const [token, setToken] = useState("");
  const [problem, setProblem] = useState<string>();
  const submit = (): void => {
    const text = token.trim().replace(/^Bearer\s+/i, "");
    const read = readToken(text, Date.now());
    if (read.ok) onSession({ kind: "token", userId: read.userId, token: text });
    else setProblem(strings.tokenProblems[read.reason]);
  };
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <h1>{strings.tokenTitle}</h1>
      <p class="lead">{strings.tokenLead}</p>
      <label class="field">
        <span>{strings.tokenLabel}</span>
        <textarea
          rows={4}
          class="token"
          value={token}
          spellcheck={false}
          aria-describedby="signin-problem"
          data-testid="signin-token"
          onInput={(event) => setToken(event.currentTarget.value)}
        />
      </label>
      <Problem text={problem} />
      <button type="submit" class="button" data-testid="signin-token-submit">
        {strings.tokenSubmit}
      </button>
      <button type="button" class="link-button" onClick={onNames}>
        {strings.tokenBack}
      </button>
    </form>
  );
};

export const SignIn = ({ onSession }: SignInProps): JSX.Element => {
  const [byToken, setByToken] = useState(false);
  const dark = useSignal(theme) === "dark";
  return (
    <main class="sign-in">
      <div class="sign-in-top">
        <span class="brand">
          <Mark size={36} />
          {strings.app}
        </span>
        <button
          type="button"
          class="icon-button"
          aria-label={dark ? strings.themeToLight : strings.themeToDark}
          data-testid="theme-switch"
          onClick={switchTheme}
        >
          <Icon name={dark ? "sun" : "moon"} />
        </button>
      </div>
      <div class="card">
        {byToken ? (
          <TokenForm onSession={onSession} onNames={() => setByToken(false)} />
        ) : (
          <NameForm onSession={onSession} onNoNames={() => setByToken(true)} />
        )}
      </div>
      <UpdateLine />
    </main>
  );
};
