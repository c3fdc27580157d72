import type { Sql } from "../ports.ts";

export interface HomeDeps {
  readonly sql: Sql;
  /** Those that there are, and the one of whom nothing else is known. */
  readonly regions: { readonly names: readonly string[]; readonly usual: string };
  /** Whether the store had been made when the object began this life. */
  readonly wasThere: boolean;
}

/**
 * What a user's store begins with where there are several regions: whoever has this row was first heard of since, and
 * whoever has none was there before.
 */
export const HOME_OPEN = "INSERT INTO home (one, region) VALUES (1, NULL)";

/**
 * The user's home region: fixed when it is first needed, and for good, since ids of conversations follow from it. With one
 * region there is nothing to fix, to read or to write.
 */
export class Home {
  readonly #deps: HomeDeps;
  /** As it is on the disk; `null`: not fixed yet. */
  #row: { readonly region: string | null } | undefined;

  constructor(deps: HomeDeps) {
    this.#deps = deps;
  }

  /** `undefined`: not fixed yet, so no conversation can have been founded by it. */
  get region(): string | undefined {
    const { regions, wasThere } = this.#deps;
    const { names, usual } = regions;
    if (names.length === 1) return usual;
    const row = this.#read();
    if (row === undefined) return wasThere ? usual : undefined;
    if (row.region === null) return undefined;
    // One that was taken away is nobody's home, until it is back.
    return names.includes(row.region) ? row.region : usual;
  }

  /** Where he is at home from now on, if that was not fixed. `near`: the region where he is, as far as that is known. */
  fix(near: string | undefined): string {
    const { sql, regions } = this.#deps;
    const region = this.region ?? near ?? regions.usual;
    if (regions.names.length === 1 || typeof this.#read()?.region === "string") return region;
    sql.run(
      "INSERT INTO home (one, region) VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET region = excluded.region",
      region,
    );
    this.#row = { region };
    return region;
  }

  #read(): { readonly region: string | null } | undefined {
    this.#row ??= this.#deps.sql.all<{ region: string | null }>("SELECT region FROM home WHERE one = 1")[0];
    return this.#row;
  }
}
