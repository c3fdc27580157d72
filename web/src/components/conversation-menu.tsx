import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useChat } from "../state/client-context.ts";
import { attempt } from "../state/notice.ts";
import type { Near } from "../state/pane.ts";
import { usePeople } from "../state/people.ts";
import { openConversation, openPanel } from "../state/route.ts";
import { useSignal } from "../state/signal.ts";
import { strings } from "../strings.ts";
import { FOR_EVER, MUTE_HOURS, mutedUntil } from "../text/muting.ts";
import { peerOf, titleOf } from "../text/previews.ts";
import { momentWords } from "../text/times.ts";
import type { Conversation } from "../types.ts";
import { Menu, type MenuEntry } from "./menu.tsx";

const words = strings.people;
const KINDS = ["all", "mentions", "none"] as const;
const HOUR_MS = 3_600_000;

type Page = "main" | "mute" | "notify";

export interface ConversationMenuProps {
  readonly conversation: Conversation;
  readonly near: Near;
  readonly back: HTMLElement | undefined;
  readonly onClose: () => void;
  /** Asks first. */
  readonly onBlock: () => void;
}

/** "Unmute", and until when it would be silent otherwise. */
const unmuteLabel = (until: string): string =>
  until === FOR_EVER ? words.unmute : words.unmuteUntil(momentWords(until));

const useEntries = (
  { conversation, onBlock }: ConversationMenuProps,
  show: (page: Page) => void,
): Readonly<Record<Page, readonly MenuEntry[]>> => {
  const { client, userId, blocked } = useChat();
  const { name } = usePeople();
  const isBlocked = useSignal(blocked.people);
  const { conversation_id: id, pinned = false, archived = false, notify, unread_count: unread } = conversation;
  const peer = peerOf(conversation, userId);
  const until = mutedUntil(conversation, Date.now());
  const set = (preferences: Parameters<typeof client.setPreferences>[1]) => () =>
    void attempt(client.setPreferences(id, preferences));
  const info = (): void => {
    openConversation(id);
    openPanel({ at: "info" });
  };
  const main: MenuEntry[] = [{ id: "info", label: words.info, icon: "info", run: info }];
  if (unread > 0) main.push({ id: "read", label: words.markRead, icon: "ticks", run: () => client.markRead(id) });
  main.push({
    id: "pin",
    label: pinned ? words.unpin : words.pin,
    icon: pinned ? "unpin" : "pin",
    run: set({ pinned: !pinned }),
  });
  if (until === undefined) {
    main.push({ id: "mute", label: words.mute, icon: "mute", stays: true, run: () => show("mute") });
  } else main.push({ id: "unmute", label: unmuteLabel(until), icon: "bell", run: set({ muted_until: null }) });
  main.push(
    { id: "notify", label: words.notify, icon: "gear", stays: true, run: () => show("notify") },
    {
      id: "archive",
      label: archived ? words.unarchive : words.archive,
      icon: "archive",
      run: set({ archived: !archived }),
    },
  );
  if (peer !== undefined && isBlocked.has(peer)) {
    const unblock = (): void => void attempt(blocked.unblock(peer));
    main.push({ id: "unblock", label: words.unblock(name(peer)), icon: "block", run: unblock });
  } else if (peer !== undefined) {
    main.push({ id: "block", label: words.block(name(peer)), icon: "block", danger: true, run: onBlock });
  }
  const muteUntil = (hours: number): string => new Date(Date.now() + hours * HOUR_MS).toISOString();
  const mute: MenuEntry[] = MUTE_HOURS.map((hours) => ({
    id: `mute-${hours}`,
    label: words.muteFor(hours),
    run: () => set({ muted_until: muteUntil(hours) })(),
  }));
  mute.push({ id: "mute-always", label: words.muteForEver, run: set({ muted_until: FOR_EVER }) });
  const level = (kind: (typeof KINDS)[number]): MenuEntry => ({
    id: `notify-${kind}`,
    label: words.notifyKinds[kind],
    checked: notify === kind,
    run: set({ notify: kind }),
  });
  return { main, mute, notify: KINDS.map(level) };
};

/** What one may do with a conversation for oneself: nobody else sees any of it. */
export const ConversationMenu = (props: ConversationMenuProps): JSX.Element => {
  const { conversation, near, back, onClose } = props;
  const { userId } = useChat();
  const { name } = usePeople();
  const [page, show] = useState<Page>("main");
  const entries = useEntries(props, show);
  const labels = { main: words.menu(titleOf(conversation, userId, name)), mute: words.mute, notify: words.notify };
  return (
    <Menu
      key={page}
      label={labels[page]}
      near={near}
      back={back}
      testId="conversation-menu"
      onClose={onClose}
      entries={entries[page]}
      top={page === "main" ? undefined : <p class="popover-title">{labels[page]}</p>}
    />
  );
};
