import type { Receipt } from "@parley/client";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { about, useChat, useClientEvents } from "../state/client-context.ts";
import { usePeople } from "../state/people.ts";
import { useMessage } from "../state/quotes.ts";
import { usePages } from "../state/remote.ts";
import { strings, wordsFor } from "../strings.ts";
import { summaryOf } from "../text/previews.ts";
import { exactTime, momentWords } from "../text/times.ts";
import type { ChatMessage, ConversationId, MessageId } from "../types.ts";
import { Panel } from "./panel.tsx";
import { PersonRow } from "./person-row.tsx";

const words = strings.message;

const Fact = ({
  label,
  value,
  testId,
}: {
  readonly label: string;
  readonly value: string;
  readonly testId?: string;
}): JSX.Element => (
  <div class="fact">
    <dt>{label}</dt>
    <dd data-testid={testId}>{value}</dd>
  </div>
);

const Group = ({
  title,
  receipts,
  timeOf,
}: {
  readonly title: string;
  readonly receipts: readonly Receipt[];
  readonly timeOf: (receipt: Receipt) => string | undefined;
}): JSX.Element | null => {
  if (receipts.length === 0) return null;
  return (
    <section class="section" aria-label={title}>
      <h3 class="section-head">{title}</h3>
      <ul class="people">
        {receipts.map((receipt) => {
          const at = timeOf(receipt);
          return (
            <PersonRow
              key={receipt.user_id}
              userId={receipt.user_id}
              note={at === undefined ? "" : momentWords(at)}
              testId="receipt"
            />
          );
        })}
      </ul>
    </section>
  );
};

/** Who has it and when: asked for when somebody wants to know, because a group may be large. */
const Who = ({ message }: { readonly message: ChatMessage }): JSX.Element => {
  const { client } = useChat();
  const { read = 0, delivered = 0 } = message.receipts ?? {};
  const list = usePages(
    async (cursor) => {
      const page = await client.receipts(message.conversation_id, message.message_id ?? "", cursor);
      return { items: page.receipts, next: page.next_cursor };
    },
    [client, message.message_id, read, delivered],
  );
  const has = list.items.filter((one) => one.read_at !== undefined);
  const got = list.items.filter((one) => one.read_at === undefined && one.delivered_at !== undefined);
  const waiting = list.items.filter((one) => one.read_at === undefined && one.delivered_at === undefined);
  return (
    <>
      <Group title={words.infoReadBy} receipts={has} timeOf={(one) => one.read_at} />
      <Group title={words.infoDeliveredTo} receipts={got} timeOf={(one) => one.delivered_at} />
      <Group title={words.infoWaiting} receipts={waiting} timeOf={() => undefined} />
      {list.state === "complete" && list.items.length === 0 && <p class="hint">{words.infoNobody}</p>}
      {list.state === "loading" && <p class="hint">{words.loading}</p>}
      {list.state === "failed" && <p class="problem">{wordsFor(list.error)}</p>}
      {list.state === "idle" && (
        <button type="button" class="link-button" onClick={list.more}>
          {words.loadMore}
        </button>
      )}
    </>
  );
};

const Facts = ({ message, own }: { readonly message: ChatMessage; readonly own: boolean }): JSX.Element => {
  const [asked, setAsked] = useState(false);
  const { receipts } = message;
  return (
    <>
      <dl class="facts">
        <Fact label={words.infoSent} value={exactTime(message.timestamp)} />
        {message.edited_at !== undefined && <Fact label={words.infoEdited} value={exactTime(message.edited_at)} />}
        {message.expires_at !== undefined && <Fact label={words.infoExpires} value={exactTime(message.expires_at)} />}
        <Fact
          label={words.infoId}
          value={`${message.conversation_id} ${message.message_id ?? ""}`}
          testId="message-id"
        />
      </dl>
      {own && receipts !== undefined && (
        <div class="counts">
          <p data-testid="read-by">{words.infoRead(receipts.read, receipts.of)}</p>
          <p data-testid="delivered-to">{words.infoDelivered(receipts.delivered, receipts.of)}</p>
        </div>
      )}
      {own && !asked && (
        <button type="button" class="button button-plain" data-testid="show-receipts" onClick={() => setAsked(true)}>
          {words.infoWho}
        </button>
      )}
      {own && asked && <Who message={message} />}
    </>
  );
};

/** When a message was sent, and how far it has come. */
export const MessagePanel = ({
  id,
  messageId,
}: {
  readonly id: ConversationId;
  readonly messageId: MessageId;
}): JSX.Element => {
  const { userId } = useChat();
  const { name } = usePeople();
  useClientEvents(["messages"], about(id));
  const message = useMessage(id, messageId);
  const own = message?.sender_id === userId;
  return (
    <Panel title={words.infoTitle} testId="panel-message">
      <div class="panel-body">
        {message === undefined && <p class="hint">{words.loading}</p>}
        {message === null && <p class="hint">{words.messageGone}</p>}
        {message && (
          <>
            <p class="card-row card-text" dir="auto">
              {summaryOf(message, name)}
            </p>
            <Facts key={messageId} message={message} own={own} />
          </>
        )}
      </div>
    </Panel>
  );
};
