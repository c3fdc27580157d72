import { createClient, indexedDbStore, memoryStore, type ParleyClient } from "@parley/client";
import { forgetUser, dropSession, keptSession, lastSession, tokenByName, type Session } from "./account.ts";
import { Blocked } from "./blocked.ts";
import type { Chat } from "./client-context.ts";
import { claimDevice, forgetDevice, isAlone, type Device } from "./device.ts";
import { Drafts } from "./drafts.ts";

const TAKE_OFF_MS = 2000;

const tokenGetter =
  (session: Session, device: Device): (() => Promise<string>) =>
  async () => {
    if (session.kind === "token") return session.token;
    const answer = await tokenByName(session.userId, device.id);
    if (answer.ok) return answer.token;
    throw new Error(`unable to get a token; ${answer.reason}`);
  };

const started = async (session: Session, device: Device): Promise<ParleyClient> => {
  const getToken = tokenGetter(session, device);
  const client = createClient({ getToken, deviceId: device.id, store: indexedDbStore(device.store) });
  try {
    await client.start();
    return client;
  } catch {
    // A browser that refuses to store (a private window): everything works, and nothing is kept.
    const passing = createClient({ getToken, deviceId: device.id, store: memoryStore() });
    await passing.start();
    return passing;
  }
};

/** Who to sign in without asking: who this window was, or the last one here if no window has them open. */
export const sessionToResume = async (): Promise<Session | undefined> => {
  const kept = keptSession();
  if (kept !== undefined) return kept;
  const last = lastSession();
  return last !== undefined && (await isAlone(last.userId)) ? last : undefined;
};

/** Takes this device off the account, where the server can be asked: nobody waits long for it to sign out. */
const takeOff = async (client: ParleyClient): Promise<void> => {
  const { deviceId, state } = client;
  if (deviceId === undefined || state.name !== "online") return;
  const removed = client.removeDevice(deviceId).catch(() => {
    // It stays in the list of devices, and can be removed there.
  });
  await Promise.race([removed, new Promise((resolve) => setTimeout(resolve, TAKE_OFF_MS))]);
};

/** Loads what is stored, so that it shows at once, and begins to connect. */
export const openChat = async (session: Session, signedOut: () => void): Promise<Chat> => {
  const client = await started(session, await claimDevice(session.userId));
  const drafts = new Drafts(session.userId);
  const blocked = new Blocked(client);
  client.connect().catch(() => {
    // The client's state says what happened, and the bar shows it.
  });
  const forget = async (): Promise<void> => {
    drafts.clear();
    dropSession();
    forgetUser(session.userId);
    forgetDevice(session.userId);
    await client.destroy();
  };
  const signOut = async (): Promise<void> => {
    signedOut();
    await takeOff(client);
    await forget();
  };
  return {
    client,
    drafts,
    blocked,
    userId: session.userId,
    folding: session.kind === "dev",
    forget,
    signOut: () => {
      signOut().catch(() => {
        // The store could not be emptied; the session is gone all the same.
      });
    },
  };
};
