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
}

/** What becomes different; `null` takes away. */
export interface ProfileChange {
  readonly username?: Username | null | undefined;
  readonly display_name?: string | null | undefined;
  readonly avatar?: string | null | undefined;
  readonly privacy?: ProfileFields["privacy"];
}

/** Who looks at a profile. */
export interface Viewer {
  readonly user_id: UserId;
  /** Whoever keeps from others whether he is there, or from this one, does not see it of them. */
  readonly isBlind: boolean;
}

/** What others see of a user. */
export interface ShownProfile extends Omit<ProfileFields, "privacy"> {
  readonly user_id: UserId;
  readonly last_seen?: string;
}

export const hidesReads = ({ privacy }: ProfileFields): boolean => privacy?.read_receipts === "nobody";

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
  get shown(): Omit<ProfileFields, "privacy"> {
    const { privacy: _own, ...shown } = this.fields;
    return shown;
  }

  /** Fields that are not named stay as they are. What changes nothing is not written. */
  change({ privacy, ...changes }: ProfileChange): ProfileFields {
    const named = Object.entries(changes).filter(([, value]) => value !== undefined);
    const merged = { ...this.fields, ...Object.fromEntries(named), privacy: { ...this.fields.privacy, ...privacy } };
    const fields = Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== null)) as ProfileFields;
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
