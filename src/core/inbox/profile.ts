import type { UserId, Username } from "../../shared/ids.ts";
import type { Sql } from "../ports.ts";

type Visibility = "everyone" | "nobody";

/** What a user tells of himself, and what he keeps to himself. */
export interface ProfileFields {
  readonly username?: Username;
  readonly display_name?: string;
  readonly avatar?: string;
  readonly privacy?: {
    readonly last_seen?: Visibility;
    readonly read_receipts?: Visibility;
    readonly typing?: Visibility;
  };
  readonly notifications?: NotificationWishes;
}

/** When notifications are quiet: from and until as `HH:MM`, in a time zone such as `Europe/Berlin`. */
export interface QuietHours {
  readonly from: string;
  readonly until: string;
  readonly time_zone: string;
}

/** How the user wants to be notified, on all of his devices. */
interface NotificationWishes {
  readonly previews?: boolean;
  readonly quiet_hours?: QuietHours;
}

/** What becomes different; `null` takes away. */
export interface ProfileChange {
  readonly username?: Username | null | undefined;
  readonly display_name?: string | null | undefined;
  readonly avatar?: string | null | undefined;
  readonly privacy?: ProfileFields["privacy"];
  readonly notifications?:
    | { readonly previews?: boolean | undefined; readonly quiet_hours?: QuietHours | null | undefined }
    | undefined;
}

/** Who looks at a profile. */
export interface Viewer {
  readonly user_id: UserId;
  /** Whoever keeps from others whether he is there, or from this one, does not see it of them. */
  readonly isBlind: boolean;
}

type PublicFields = Omit<ProfileFields, "privacy" | "notifications">;

/** What others see of a user. */
export interface ShownProfile extends PublicFields {
  readonly user_id: UserId;
  readonly last_seen?: string;
}

export const hidesReads = ({ privacy }: ProfileFields): boolean => privacy?.read_receipts === "nobody";

/** Fields that a change names. */
const named = (change: object = {}): object =>
  Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
const withoutNulls = (fields: object): object =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));

/** The user's own profile: one row, read once in a life of the object. */
export class Profile {
  readonly #sql: Sql;
  #fields: ProfileFields | undefined;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  get fields(): ProfileFields {
    if (this.#fields) return this.#fields;
    const stored = this.#sql.all<{ profile: string }>("SELECT profile FROM profile WHERE one = 1")[0];
    this.#fields = stored ? (JSON.parse(stored.profile) as ProfileFields) : {};
    return this.#fields;
  }

  get hidesReads(): boolean {
    return hidesReads(this.fields);
  }

  get hidesTyping(): boolean {
    return this.fields.privacy?.typing === "nobody";
  }

  get hidesLastSeen(): boolean {
    return this.fields.privacy?.last_seen === "nobody";
  }

  /** What is shown to everybody. */
  get shown(): PublicFields {
    const { privacy: _privacy, notifications: _notifications, ...shown } = this.fields;
    return shown;
  }

  /** Fields that are not named stay as they are. What changes nothing is not written. */
  change({ privacy, notifications, ...changes }: ProfileChange): ProfileFields {
    const before = this.fields;
    const wishes = { ...before.notifications, ...named(notifications) };
    const fields = withoutNulls({
      ...before,
      ...named(changes),
      privacy: { ...before.privacy, ...privacy },
      ...(Object.keys(wishes).length > 0 ? { notifications: withoutNulls(wishes) } : {}),
    }) as ProfileFields;
    const stored = JSON.stringify(fields);
    if (stored === JSON.stringify(this.fields)) return this.fields;
    this.#sql.run(
      "INSERT INTO profile (one, profile) VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET profile = excluded.profile",
      stored,
    );
    this.#fields = fields;
    return fields;
  }
}
