import type { ConversationId, DeviceId } from "../../src/shared/ids.ts";
import { LIMITS } from "../../src/shared/limits.ts";
import type { Conversation } from "../../src/shared/protocol/conversation.ts";
import type { CommandInput } from "../../src/shared/protocol/commands.ts";
import { Aside } from "./aside.ts";
import type { ConversationCopy } from "./conversation-copy.ts";
import { Drafts } from "./drafts.ts";
import { Elsewhere } from "./elsewhere.ts";
import type { Emitter } from "./emitter.ts";
import type { Environment } from "./environment.ts";
import { Expiry } from "./expiry.ts";
import { Gaps } from "./gaps.ts";
import { History } from "./history.ts";
import { Inbound } from "./inbound.ts";
import { Known } from "./known.ts";
import { LocalState } from "./local-state.ts";
import { MessageActions } from "./message-actions.ts";
import { Outbox } from "./outbox.ts";
import { People } from "./people.ts";
import { Pins } from "./pins.ts";
import { Preferences } from "./preferences.ts";
import { PresenceWatch } from "./presence-watch.ts";
import { ReadMarks } from "./read-marks.ts";
import { Rest } from "./rest.ts";
import type { Store } from "./store.ts";
import { StoreWriter } from "./store-writer.ts";
import { Threads } from "./threads.ts";
import type { TokenSource } from "./token-source.ts";
import { Typing } from "./typing.ts";
import { Watermarks } from "./watermarks.ts";

/** What the parts need of the client that they are of. */
export interface PartsDeps {
  readonly environment: Environment;
  readonly tokens: TokenSource;
  readonly emitter: Emitter;
  readonly store: Store;
  readonly url: () => string;
  readonly deviceId: () => DeviceId | undefined;
  /** Says whether the frame could be handed to a connection that is up. */
  readonly transmit: (frame: CommandInput) => boolean;
  readonly online: () => boolean;
  readonly start: () => Promise<void>;
  readonly onSynced: () => void;
  /** The user is a member again. */
  readonly onReturn: (id: ConversationId) => void;
  readonly onError: (error: unknown) => void;
}

/** A gap wider than this is not worth filling. */
const WIDEST_GAP = 1000;

const gapsOf = (state: LocalState, deps: PartsDeps, inbound: () => Inbound): Gaps =>
  new Gaps({
    environment: deps.environment,
    transmit: deps.transmit,
    copyOf: (id) => state.copies.get(id),
    sleeping: (id) => state.sleeping(id),
    // Of a channel that was just opened only what is on the screen matters.
    widest: (id) => (state.rows.get(id)?.type === "channel" ? LIMITS.pageMax : WIDEST_GAP),
    restart: (copy, from) => inbound().restart(copy, from),
    giveUp: (copy: ConversationCopy) => {
      copy.head = copy.upTo;
      const change = state.begin();
      change.copy(copy, false);
      void change.commit();
    },
  });

/** What goes up: each kind waits, is throttled and repeated in its own way. */
const sendingParts = (state: LocalState, deps: PartsDeps, inbound: () => Inbound) => {
  const { environment, emitter, onError } = deps;
  const transmit = (frame: CommandInput): boolean => deps.online() && deps.transmit(frame);
  const watermarks: Watermarks = new Watermarks(environment, deps.transmit, (sent) => marks.confirmed(sent));
  const marks = new ReadMarks(state, watermarks, (id) => inbound().fetchRow(id));
  const outbox = new Outbox({
    environment,
    transmit,
    me: () => state.me,
    write: (batch) => state.writer.attempt(batch),
    changed: (id) => state.messagesChanged(id),
    ended: (id) => state.ended(id),
    onUndone: onError,
  });
  const actions = new MessageActions({
    outbox,
    me: () => state.me,
    ended: (id) => state.ended(id),
    shown: (id, target) =>
      state.messages(id).find((one) => one.message_id === target || one.client_message_id === target),
  });
  const drafts = new Drafts({ environment, state, transmit });
  const typing = new Typing(environment, emitter, deps.transmit);
  const presence = new PresenceWatch(environment, emitter, transmit);
  return { watermarks, marks, outbox, actions, drafts, typing, presence };
};

/** Puts the parts together: each does one thing, and this is where they get to know each other. */
export const makeParts = (deps: PartsDeps) => {
  const { environment, emitter, tokens, store, onError } = deps;
  const writer = new StoreWriter(store, environment, onError);
  const state = new LocalState(store, writer, emitter);
  const rest = new Rest(deps.url, tokens, environment);
  const aside = new Aside();
  const known = new Known(state, aside);
  const pins = new Pins({ rest, state, known, online: deps.online });
  const expiry = new Expiry({ environment, state, aside });
  const sending = sendingParts(state, deps, () => inbound);
  const { outbox, watermarks, drafts, typing, presence } = sending;
  const { online } = deps;
  const people = new People({ environment, emitter, rest, writer, online, me: () => state.me });
  const applyRow = (row: Conversation): void => inbound.fetchedRow(row);
  const preferences = new Preferences({ environment, state, rest, online, applyRow, onError });
  state.onPeople = (stored) => people.restore(stored);
  state.outboxOf = (id) => outbox.of(id);
  state.actionsOf = (id) => outbox.actions(id);
  state.onMessages = (messages) => expiry.watch(messages);
  const gaps = gapsOf(state, deps, () => inbound);
  const history = new History({
    state,
    rest,
    known,
    outbox,
    online,
    fill: (copy) => gaps.ask(copy),
    applyRow,
  });
  const threads = new Threads({ state, rest, history, aside, known, watermarks });
  const elsewhere = new Elsewhere({ state, history, onError });
  const heard = {
    state,
    outbox,
    watermarks,
    typing,
    gaps,
    history,
    threads,
    elsewhere,
    aside,
    drafts,
    pins,
    presence,
    preferences,
  };
  const inbound: Inbound = new Inbound({
    ...heard,
    syncOn: (since) => deps.transmit({ type: "sync", since }),
    onSynced: deps.onSynced,
    onReturn: deps.onReturn,
    onError,
  });
  const { start, deviceId } = deps;
  const reading = { state, rest, aside, pins, people, expiry, gaps, history, threads, inbound };
  return { environment, start, deviceId, writer, preferences, ...reading, ...sending };
};

/** Everything a client is made of. */
export type Parts = ReturnType<typeof makeParts>;
