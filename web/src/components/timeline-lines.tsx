import type { JSX } from "preact";
import { useChat } from "../state/client-context.ts";
import { usePeople } from "../state/people.ts";
import type { History } from "../state/history.ts";
import type { Row } from "../state/scroll-model.ts";
import { strings } from "../strings.ts";
import { eventLines } from "../text/events.ts";
import type { EventRow, TimelineRow } from "../text/grouping.ts";
import { dayLabel, exactTime } from "../text/times.ts";
import { Icon } from "./icons.tsx";

const LINE_PX = 40;
const CHARS_PER_LINE = 60;

/** A first guess at heights; the real ones are measured once a row is near the view. */
export const rowOf = (row: TimelineRow): Row => {
  if (row.kind !== "message") return { key: row.key, estimate: LINE_PX, anchor: row.kind === "event" };
  const { message, last } = row;
  const lines = Math.ceil(message.content.length / CHARS_PER_LINE);
  const extra =
    (message.reply_to === undefined ? 0 : 48) + (message.reactions?.length ? 30 : 0) + (message.thread ? 34 : 0);
  return { key: row.key, estimate: 22 + Math.max(1, lines) * 21 + (last ? 10 : 2) + extra, anchor: true };
};

export const TOP: Row = { key: "top", estimate: 56, anchor: false };

/** Above the first row: whether there is more. */
export const Top = ({ history, complete }: { readonly history: History; readonly complete: string }): JSX.Element => (
  <div class="top" data-key="top">
    {history.state === "failed" && (
      <>
        {strings.loadOlderFailed}{" "}
        <button type="button" class="link-button" onClick={() => history.tryAgain()}>
          {strings.tryAgain}
        </button>
      </>
    )}
    {history.state === "loading" && strings.loadingOlder}
    {history.state === "complete" && complete}
  </div>
);

const Events = ({ row }: { readonly row: EventRow }): JSX.Element => {
  const { userId } = useChat();
  const { name } = usePeople();
  const [first] = row.events;
  return (
    <div class="notice" data-key={row.key} data-testid="event" title={first && exactTime(first.timestamp)}>
      {eventLines(row.events, userId, name).map((line) => (
        <span key={line} dir="auto">
          {line}
        </span>
      ))}
    </div>
  );
};

/** What stands between the messages: days, what happened, where the new ones begin. */
export const Line = ({ row }: { readonly row: Exclude<TimelineRow, { kind: "message" }> }): JSX.Element => {
  if (row.kind === "event") return <Events row={row} />;
  if (row.kind === "replies") {
    return (
      <div class="line line-replies" data-key={row.key}>
        <span>{row.count === 0 ? strings.message.threadEmpty : strings.message.threadReplies(row.count)}</span>
      </div>
    );
  }
  if (row.kind === "day") {
    return (
      <div class="line" data-key={row.key}>
        <span>{dayLabel(row.timestamp)}</span>
      </div>
    );
  }
  return (
    <div class="line line-unread" data-key={row.key} data-testid="unread-line">
      <span>{strings.message.newMessages(row.count)}</span>
    </div>
  );
};

export const JumpDown = ({ count, onClick }: { readonly count: number; readonly onClick: () => void }): JSX.Element => {
  const label = count > 0 ? strings.jumpWithCount(count) : strings.jumpToNewest;
  return (
    <button type="button" class="jump" aria-label={label} title={label} data-testid="jump-newest" onClick={onClick}>
      {count > 0 && <span class="badge">{count}</span>}
      <Icon name="down" />
    </button>
  );
};

export const JumpUnread = ({
  count,
  onClick,
}: {
  readonly count: number;
  readonly onClick: () => void;
}): JSX.Element => (
  <button
    type="button"
    class="jump-unread"
    aria-label={strings.message.jumpToUnread(count)}
    data-testid="jump-unread"
    onClick={onClick}
  >
    <Icon name="up" size={16} />
    {strings.message.jumpToUnreadShort(count)}
  </button>
);
