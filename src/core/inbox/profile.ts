import type { Sql } from "../ports.ts";

type Visibility = "everyone" | "nobody";

/** What a user tells of himself, and what he keeps to himself. */
export interface ProfileFields {
  readonly display_name?: string;
  readonly avatar?: string;
  readonly privacy?: {
    readonly last_seen?: Visibility;
    readonly read_receipts?: Visibility;
    readonly typing?: Visibility;
  };
}

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
    return this.fields.privacy?.read_receipts === "nobody";
  }

  get hidesTyping(): boolean {
    return this.fields.privacy?.typing === "nobody";
  }

  /** Fields that are not named stay as they are. */
  change(changes: ProfileFields): ProfileFields {
    const fields = { ...this.fields, ...changes, privacy: { ...this.fields.privacy, ...changes.privacy } };
    this.#sql.run(
      "INSERT INTO profile (one, profile) VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET profile = excluded.profile",
      JSON.stringify(fields),
    );
    this.#fields = fields;
    return fields;
  }
}
