import { marksOf } from "@parley/client/search";
import type { ComponentChildren, JSX } from "preact";
import { useChat, useClientEvents } from "../state/client-context.ts";
import { usePeople } from "../state/people.ts";
import { openConversation, route } from "../state/route.ts";
import { asTyped, jumpTarget, useFound } from "../state/searching.ts";
import { useSignal } from "../state/signal.ts";
import { strings } from "../strings.ts";
import { excerptOf } from "../text/excerpt.ts";
import { titleOf } from "../text/previews.ts";
import { exactTime, listTime } from "../text/times.ts";
import type { ChatMessage, Conversation } from "../types.ts";
import { focusSearch } from "./search-box.tsx";
import { ConversationAvatar } from "./person-avatar.tsx";

const words = strings.search;
const TITLES_MAX = 5;

const Marked = ({ text, query }: { readonly text: string; readonly query: string }): JSX.Element => {
  const { pieces } = excerptOf(text, marksOf(text, query));
  return (
    <bdi>{pieces.map(({ text: piece, marked }, index) => (marked ? <mark key={index}>{piece}</mark> : piece))}</bdi>
  );
};

interface ResultProps {
  readonly conversation: Conversation;
  readonly at?: string | undefined;
  readonly testId: string;
  readonly onOpen?: () => void;
  readonly children?: ComponentChildren;
}

const Result = ({ conversation, at, testId, onOpen, children }: ResultProps): JSX.Element => {
  const { userId } = useChat();
  const { name } = usePeople();
  const id = conversation.conversation_id;
  return (
    <li class="result">
      <a
        class="row"
        href={`#/c/${encodeURIComponent(id)}`}
        data-testid={testId}
        onClick={(event) => {
          event.preventDefault();
          onOpen?.();
          openConversation(id);
        }}
      >
        <ConversationAvatar conversation={conversation} />
        <span class="row-body">
          <span class="row-line">
            <span class="row-title">
              <bdi>{titleOf(conversation, userId, name)}</bdi>
            </span>
            {at !== undefined && (
              <time class="row-time" dateTime={at} title={exactTime(at)}>
                {listTime(at)}
              </time>
            )}
          </span>
          {children}
        </span>
      </a>
    </li>
  );
};

const FoundMessage = ({ message, query }: { readonly message: ChatMessage; readonly query: string }) => {
  const { client, userId } = useChat();
  const { name } = usePeople();
  const { conversation_id: conversation, message_id: id, sender_id: sender, content, type, timestamp } = message;
  const row = client.conversation(conversation);
  if (row === undefined || id === undefined) return null;
  const who = sender === userId ? strings.you : name(sender);
  return (
    <Result
      conversation={row}
      at={timestamp}
      testId="search-result"
      onOpen={() => jumpTarget.set({ conversation, message: id })}
    >
      <span class="result-text" dir="auto">
        {(row.type !== "direct" || sender === userId) && <span class="result-who">{`${who}: `}</span>}
        {content === "" ? strings.messageKinds[type] : <Marked text={content} query={query} />}
      </span>
    </Result>
  );
};

/** Conversations that are called something like what is typed. */
const useTitled = (text: string): readonly Conversation[] => {
  const { client, userId } = useChat();
  const { name } = usePeople();
  const wanted = text.trim().toLowerCase();
  return client
    .conversations()
    .filter((row) => titleOf(row, userId, name).toLowerCase().includes(wanted))
    .slice(0, TITLES_MAX);
};

/** Up and down go through the results, and up from the first one back to the field. */
const moveAmongResults = (event: KeyboardEvent): void => {
  const { currentTarget: box, target } = event;
  if (!(box instanceof HTMLElement) || !(target instanceof HTMLElement) || event.altKey || event.ctrlKey) return;
  const by = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
  if (by === 0 && event.key !== "Escape") return;
  const all = [...box.querySelectorAll<HTMLElement>("a.row, button")];
  const at = all.indexOf(target) + by;
  if (event.key === "Escape" || at < 0) focusSearch();
  else all[at]?.focus();
  event.preventDefault();
  event.stopPropagation();
};

const Problem = ({ error, again }: { readonly error: unknown; readonly again: () => void }): JSX.Element => {
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
  const isRefused = code === "bad_request" || code === "not_found";
  return (
    <div class="list-empty" role="alert" data-testid="search-problem">
      <p class="list-empty-title">{isRefused ? words.notUnderstood : strings.somethingWrong}</p>
      {isRefused ? (
        <p>{words.hint}</p>
      ) : (
        <button type="button" class="button button-plain" onClick={again}>
          {strings.tryAgain}
        </button>
      )}
    </div>
  );
};

const Notes = ({ offline, incomplete }: { readonly offline: boolean; readonly incomplete: number }) => (
  <>
    {offline && <p class="result-note">{words.offline}</p>}
    {incomplete > 0 && <p class="result-note">{words.incomplete(incomplete)}</p>}
  </>
);

/** In the place of the list: what was found, the newest first. */
export const SearchResults = ({ text }: { readonly text: string }): JSX.Element => {
  useClientEvents(["conversations"]);
  useSignal(route);
  const titled = useTitled(text);
  const { state, messages, more, offline, incomplete, error, next } = useFound(text);
  const query = asTyped(text);
  const isEmpty = state === "there" && messages.length === 0 && titled.length === 0 && !more;
  return (
    // oxlint-disable-next-line jsx-a11y/no-static-element-interactions -- keys go from result to result; each is a link
    <div class="list results" id="results" aria-busy={state === "looking"} onKeyDown={moveAmongResults}>
      <output class="sr">{state === "looking" ? words.looking : words.found(messages.length, more)}</output>
      {titled.length > 0 && <h2 class="results-head">{words.conversations}</h2>}
      <ul>
        {titled.map((row) => (
          <Result key={row.conversation_id} conversation={row} testId="search-conversation" />
        ))}
      </ul>
      {messages.length > 0 && <h2 class="results-head">{words.messages}</h2>}
      <Notes offline={offline} incomplete={incomplete} />
      <ul>
        {messages.map((message) => (
          <FoundMessage key={message.message_id} message={message} query={query} />
        ))}
      </ul>
      {state === "looking" && <p class="result-note">{words.looking}</p>}
      {state === "failed" && <Problem error={error} again={next} />}
      {state === "there" && more && (
        <button type="button" class="button button-plain results-more" data-testid="search-more" onClick={next}>
          {words.more}
        </button>
      )}
      {isEmpty && (
        <div class="list-empty" data-testid="search-none">
          <p class="list-empty-title">{words.none}</p>
          <p>{words.noneLead}</p>
        </div>
      )}
    </div>
  );
};
