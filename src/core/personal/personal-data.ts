import type { ConversationId, DeviceId, UserId } from "../../shared/ids.ts";
import type { PushKind } from "../../shared/protocol/http-push.ts";
import { toIso } from "../../shared/time.ts";
import type { Device } from "../inbox/devices.ts";
import type { ProfileFields } from "../inbox/profile.ts";

/** What a user's object knows of him, besides what is in conversations. */
export interface PersonalData {
  readonly profile: ProfileFields;
  readonly home_region: string | undefined;
  readonly devices: readonly Device[];
  /** Where devices are pushed to is theirs alone: that they are, and by what. */
  readonly pushed: readonly { readonly device_id: DeviceId; readonly kind: PushKind; readonly registeredAt: number }[];
  readonly blocked: readonly UserId[];
  readonly conversations: readonly ConversationId[];
}

/** As lines of an export. No keys, no tokens. */
export const personalLines = (user_id: UserId, data: PersonalData): string[] =>
  [
    { kind: "profile", user_id, home_region: data.home_region, ...data.profile },
    ...data.devices.map(({ device_id, name, platform, registeredAt, lastSeen }) => ({
      kind: "device",
      device_id,
      name,
      platform,
      registered_at: toIso(registeredAt),
      last_seen: toIso(lastSeen),
    })),
    ...data.pushed.map(({ device_id, kind, registeredAt }) => ({
      kind: "push_address",
      device_id,
      push_kind: kind,
      registered_at: toIso(registeredAt),
    })),
    ...data.blocked.map((blocked) => ({ kind: "block", user_id: blocked })),
  ].map((line) => JSON.stringify(line));
