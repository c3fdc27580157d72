import type { ComponentChildren, JSX } from "preact";
import type { Paged, Remote } from "../state/remote.ts";
import { strings } from "../strings.ts";
import { why, words } from "./words.ts";

/** A part of a page under a heading, with what may be done about it. */
export const Part = ({
  title,
  actions,
  children,
  testId,
}: {
  readonly title: string;
  readonly actions?: ComponentChildren;
  readonly children: ComponentChildren;
  readonly testId?: string;
}): JSX.Element => (
  <section class="op-part" aria-label={title} data-testid={testId}>
    <div class="op-part-head">
      <h2>{title}</h2>
      {actions}
    </div>
    {children}
  </section>
);

export const ActButton = ({
  label,
  danger = false,
  testId,
  onClick,
}: {
  readonly label: string;
  readonly danger?: boolean;
  readonly testId: string;
  readonly onClick: () => void;
}): JSX.Element => (
  <button type="button" class={danger ? "op-act op-act-danger" : "op-act"} data-testid={testId} onClick={onClick}>
    {label}
  </button>
);

/** Names and values; those without a value are left out. */
export const Facts = ({
  of,
  testId,
}: {
  readonly of: readonly (readonly [name: string, value: string | number | undefined])[];
  readonly testId?: string;
}): JSX.Element => (
  <dl class="op-facts" data-testid={testId}>
    {of.flatMap(([name, value]) =>
      value === undefined
        ? []
        : [
            <div key={name}>
              <dt>{name}</dt>
              <dd>
                <bdi>{value}</bdi>
              </dd>
            </div>,
          ],
    )}
  </dl>
);

/** A line of a list: what it is, more about it, and what may be done. */
export const Item = ({
  title,
  notes,
  action,
  testId,
}: {
  readonly title: ComponentChildren;
  readonly notes: readonly (string | undefined)[];
  readonly action?: ComponentChildren;
  readonly testId?: string;
}): JSX.Element => (
  <li class="op-item" data-testid={testId}>
    <span class="op-item-words">
      <bdi class="op-item-title">{title}</bdi>
      {notes.map((note) => (note === undefined || note === "" ? null : <bdi class="person-note">{note}</bdi>))}
    </span>
    {action}
  </li>
);

/** Leads to the page of a conversation or of an account. */
export const Go = ({ to, onClick }: { readonly to: string; readonly onClick: () => void }): JSX.Element => (
  <button type="button" class="link-button op-go" onClick={onClick}>
    {to}
  </button>
);

/** What was asked of the server, in each of its states. */
export const Asked = <T,>({
  remote,
  children,
}: {
  readonly remote: Remote<T> & { readonly again: () => void };
  readonly children: (value: T) => ComponentChildren;
}): JSX.Element => {
  if (remote.at === "there") return <>{children(remote.value)}</>;
  if (remote.at === "loading") return <p class="hint">{strings.working}</p>;
  return (
    <p class="problem" role="alert">
      {why(remote.error)}{" "}
      <button type="button" class="link-button" onClick={remote.again}>
        {words.tryAgain}
      </button>
    </p>
  );
};

/** A list that is read page by page. */
export const Pages = <T,>({
  pages,
  none,
  children,
  testId,
}: {
  readonly pages: Paged<T>;
  readonly none: string;
  readonly children: (item: T) => JSX.Element;
  readonly testId?: string;
}): JSX.Element => (
  <>
    <ul class="op-list" data-testid={testId} data-state={pages.state}>
      {pages.items.map(children)}
    </ul>
    {pages.items.length === 0 && pages.state === "complete" && <p class="hint">{none}</p>}
    {pages.state === "loading" && <p class="hint">{strings.working}</p>}
    {pages.state === "failed" && (
      <p class="problem" role="alert">
        {why(pages.error)}
      </p>
    )}
    {(pages.state === "idle" || pages.state === "failed") && (
      <button type="button" class="link-button" data-testid="more" onClick={pages.more}>
        {pages.state === "idle" ? words.more : words.tryAgain}
      </button>
    )}
  </>
);
