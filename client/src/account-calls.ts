import type { UserId } from "../../src/shared/ids.ts";
import type { AccountCalls } from "./api-account.ts";
import type { DeviceInfo, Profile } from "./answers.ts";
import type { Page } from "./api-messages.ts";
import type { Parts } from "./parts.ts";
import { OWN_PROFILE, profilePath } from "./people.ts";

const blockPath = (userId: UserId): string => `/blocks/${encodeURIComponent(userId)}`;

/** Account calls as an app has them, made of the client's parts. */
export const accountCalls = ({ rest, state, people, preferences, presence, start }: Parts): AccountCalls => {
  const learned = (profile: Profile): Profile => {
    people.put(profile);
    return profile;
  };
  return {
    profile: async (userId) => {
      const path = userId === undefined ? OWN_PROFILE : profilePath(userId, state.me);
      return learned(await rest.call<Profile>({ method: "GET", path }));
    },
    updateProfile: async (changes) =>
      learned(await rest.call<Profile>({ method: "PUT", path: OWN_PROFILE, body: changes })),
    findUser: async (username) => {
      const { users } = await rest.call<Page<"users", Profile>>({ method: "GET", path: "/users", query: { username } });
      return users[0] === undefined ? undefined : learned(users[0]);
    },
    person: (userId) => people.of(userId),
    devices: () => rest.all<DeviceInfo>("/devices", "devices"),
    removeDevice: (id) => rest.call<undefined>({ method: "DELETE", path: `/devices/${encodeURIComponent(id)}` }),
    blocks: async () => (await rest.all<{ readonly user_id: UserId }>("/blocks", "blocks")).map((one) => one.user_id),
    block: (userId) => rest.call<undefined>({ method: "PUT", path: blockPath(userId) }),
    unblock: (userId) => rest.call<undefined>({ method: "DELETE", path: blockPath(userId) }),
    setPreferences: async (id, settings) => {
      await start();
      await preferences.set(id, settings);
    },
    watchPresence: (userIds) => presence.watch(userIds),
    presence: (userId) => presence.of(userId),
  };
};
