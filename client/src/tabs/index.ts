import type { ParleyClient } from "../api.ts";
import { createClient } from "../create-client.ts";
import { realEnvironment } from "../environment.ts";
import { indexedDbStore } from "../indexed-db-store.ts";
import { OutboxJournal, pageStorage } from "../outbox-journal.ts";
import { pageLife } from "./page-life.ts";
import { sharedClientIn } from "./shared-client.ts";
import type { SharedClientOptions } from "./shared-client.ts";

export type { SharedClientOptions } from "./shared-client.ts";

/**
 * A client for an app that may be open in several tabs: they are one device with one connection and one store, held by
 * the tab that leads. Where a page has no Web Locks (outside of secure contexts) it is a client of this tab alone.
 */
export const createSharedClient = (options: SharedClientOptions): ParleyClient => {
  const { name, store = () => indexedDbStore(name), ...rest } = options;
  const locks = (globalThis.navigator as Partial<Navigator>).locks;
  if (locks === undefined || !("BroadcastChannel" in globalThis)) return createClient({ ...rest, store: store() });
  return sharedClientIn(options, {
    environment: realEnvironment(rest),
    locks,
    page: pageLife(),
    me: crypto.randomUUID(),
    channel: (channelName) => new BroadcastChannel(channelName),
    store,
    journal: new OutboxJournal(name, pageStorage()),
  });
};
