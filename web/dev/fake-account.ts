import type {
  AccountCalls,
  DeviceInfo,
  Preferences,
  Presence,
  Profile,
  ProfileChanges,
  PushCalls,
  PushOffer,
} from "@parley/client";
import type { ConversationId } from "../src/types.ts";
import { ago, FakeCore, ME } from "./fake-core.ts";

/** A point of the curve, so that browsers take it; nobody has the private half. */
const PUBLIC_KEY = "BNcRdreALRFXTkOOUHK1EtK2wtaz5Ry4YfYCA_0QTpQtUbVlUls0VJXg7A8u-Ts1XbjhazAkj7I99e8QcYP7DkM";

/** The account of the made-up client: everything works, and lasts as long as the page. */
export class FakeAccount extends FakeCore implements AccountCalls, PushCalls {
  readonly #profiles = new Map<string, Profile>();
  readonly #blocked = new Set<string>();
  #devices: readonly DeviceInfo[] = [
    { device_id: "d1", name: "Firefox on Linux", platform: "web", last_seen: ago(0), current: true },
    { device_id: "d2", name: "Phone", platform: "android", last_seen: ago(3_600_000) },
  ];

  person(userId: string): Profile {
    const known = this.#profiles.get(userId) ?? { user_id: userId };
    this.#profiles.set(userId, known);
    return known;
  }
  async profile(userId: string = ME): Promise<Profile> {
    return this.person(userId);
  }
  async updateProfile(changes: ProfileChanges): Promise<Profile> {
    const named = Object.entries({ ...this.person(ME), ...changes }).filter(([, value]) => value !== null);
    const changed: Profile = { user_id: ME, ...Object.fromEntries(named) };
    this.#profiles.set(ME, changed);
    this.emit("people", undefined);
    return changed;
  }
  async findUser(username: string): Promise<Profile | undefined> {
    return [...this.#profiles.values()].find((one) => one.username === username);
  }
  async devices(): Promise<readonly DeviceInfo[]> {
    return this.#devices;
  }
  async removeDevice(id: string): Promise<void> {
    this.#devices = this.#devices.filter((one) => one.device_id !== id);
  }
  async blocks(): Promise<readonly string[]> {
    return [...this.#blocked];
  }
  async block(userId: string): Promise<void> {
    this.#blocked.add(userId);
  }
  async unblock(userId: string): Promise<void> {
    this.#blocked.delete(userId);
  }
  async setPreferences(id: ConversationId, { muted_until, ...others }: Preferences): Promise<void> {
    this.patch(id, others);
    if (muted_until !== undefined) this.patch(id, { muted_until: muted_until ?? undefined });
  }
  watchPresence(): () => void {
    return () => undefined;
  }
  presence(userId: string): Presence {
    return userId.length % 2 === 0 ? { status: "online" } : { status: "offline", last_seen: ago(1_800_000) };
  }
  async pushOffer(): Promise<PushOffer> {
    return { webpush: { public_key: PUBLIC_KEY }, previews: true };
  }
  async registerPush(): Promise<void> {}
  async withdrawPush(): Promise<void> {}
  async testPush(): Promise<void> {}
}
