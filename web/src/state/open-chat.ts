import { createClient, indexedDbStore, memoryStore } from "@parley/client";
import { searchableStore } from "@parley/client/search";
import { createSharedClient } from "@parley/client/tabs";
import { dropSession, forgetUser, isOperator, leaveSession, tokenByName, type Session } from "./account.ts";
import { Blocked } from "./blocked.ts";
import type { Chat } from "./client-context.ts";
import { deviceOf, forgetDevice } from "./device.ts";
import { Drafts } from "./drafts.ts";
import { forgetVisits } from "./push-ask.ts";
import { thisBrowser } from "./push-browser.ts";
import { Push } from "./push.ts";
import { searchText } from "./searching.ts";

type GetToken = () => Promise<string>;

const tokenGetter =
  (session: Session, deviceId: string, asOperator = false): GetToken =>
  async () => {
    if (session.kind === "token") return session.token;
    const answer = await tokenByName(session.userId, deviceId, asOperator);
    if (answer.ok) return answer.token;
    throw new Error(`unable to get a token; ${answer.reason}`);
  };

/**
 * Takes this browser off the account's devices. By a client of its own: the app's is gone by then, so that no tab is
 * told that somebody else removed it.
 */
const takeOff = async (getToken: GetToken, deviceId: string): Promise<void> => {
  try {
    await createClient({ getToken, deviceId, store: memoryStore() }).removeDevice(deviceId);
  } catch {
    // No network: it stays in the list of devices, and can be removed there.
  }
};

/**
 * Loads what is stored, so that it shows at once, and begins to connect. `justSignedIn`: somebody said who he is, and did
 * not just come back.
 */
export const openChat = async (session: Session, justSignedIn: boolean, signedOut: () => void): Promise<Chat> => {
  const { userId } = session;
  searchText.set("");
  const deviceId = deviceOf(userId);
  const getToken = tokenGetter(session, deviceId);
  const name = `parley-${userId}-${deviceId}`;
  const store = () => searchableStore(indexedDbStore(name), { name: `${name}-words` });
  const client = createSharedClient({ name, store, getToken, deviceId });
  const drafts = new Drafts(userId);
  const blocked = new Blocked(client);
  const push = new Push({ client, browser: thisBrowser(), userId, deviceId, getToken, justSignedIn });
  await client.start();
  client.connect().catch(() => {
    // The client's state says what happened, and the bar shows it.
  });
  const forget = async (): Promise<void> => {
    drafts.clear();
    dropSession();
    forgetUser(userId);
    forgetDevice(userId);
    forgetVisits(userId);
    const ended = push.end().catch(() => {
      // The browser keeps its subscription, of which the server forgets the address.
    });
    await client.destroy();
    await ended;
  };
  const inBackground = (work: Promise<unknown>): void => {
    work.catch(() => {
      // The store could not be emptied or closed; the session is gone all the same.
    });
  };
  return {
    client,
    drafts,
    blocked,
    push,
    userId,
    folding: session.kind === "dev",
    operatorToken: isOperator(session) ? tokenGetter(session, deviceId, true) : undefined,
    forget,
    leave: () => {
      leaveSession();
      signedOut();
      inBackground(client.close());
    },
    signOut: () => {
      signedOut();
      inBackground(forget().then(() => takeOff(getToken, deviceId)));
    },
  };
};
