import type { Jurisdiction, LocationHint, Settings } from "../rpc/bindings.ts";
import type { ConversationId } from "../shared/ids.ts";

const HINTS: readonly LocationHint[] = [
  "wnam",
  "enam",
  "sam",
  "weur",
  "eeur",
  "apac",
  "apac-ne",
  "apac-se",
  "oc",
  "afr",
  "me",
];
const JURISDICTIONS: readonly Jurisdiction[] = ["eu", "us", "fedramp"];

export interface Region {
  readonly name: string;
  readonly hint?: LocationHint;
  readonly jurisdiction?: Jurisdiction;
}

/** What is known of where somebody is. */
export interface Whereabouts {
  /** The region that his token names. */
  readonly claim?: string | undefined;
  /** ISO 3166, two letters. */
  readonly country?: string | undefined;
  /** AF, AN, AS, EU, NA, OC or SA. */
  readonly continent?: string | undefined;
}

export interface RegionProblem {
  readonly setting: string;
  readonly reason: string;
}

export interface Regions {
  /** In the order of the settings; one of them at least. */
  readonly names: readonly string[];
  /** Of whom nothing else is known. */
  readonly usual: string;
  get(name: string): Region | undefined;
  /** The region that a conversation's id names, if this server has it. */
  of(id: ConversationId): Region | undefined;
  /** Where somebody is at home who is there, if that says anything. */
  near(where: Whereabouts): string | undefined;
  /** Settings that cannot be used: with one of them nobody is served, since data would go to a wrong place. */
  readonly problems: readonly RegionProblem[];
}

const NAME = /^[a-z0-9]{1,16}$/;
const USUAL = "local";
/** What ids of conversations look like: kind, region, digest (conversation-ids.ts). */
const ID = /^[dgc]_([a-z0-9]{1,16})_[A-Za-z0-9_-]{22}$/;
const CONTINENTS = new Set(["AF", "AN", "AS", "EU", "NA", "OC", "SA"]);
/** What may be said of a region: `REGION_EU_HINT` and so on. */
const OF_REGION = /^REGION_([A-Z0-9]+)_(HINT|JURISDICTION|CONTINENTS|COUNTRIES)$/;

const list = (text: string | undefined): string[] =>
  (text ?? "")
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");

class Reader {
  readonly problems: RegionProblem[] = [];
  readonly #settings: Settings;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  text(setting: "REGION" | "REGIONS" | `REGION_${string}`): string | undefined {
    return this.#settings[setting]?.trim() || undefined;
  }

  wrong(setting: string, reason: string): void {
    this.problems.push({ setting, reason });
  }

  names(): string[] {
    const alone = this.text("REGION") ?? USUAL;
    const isList = this.text("REGIONS") !== undefined;
    const names = isList ? list(this.text("REGIONS")) : [alone];
    const bad = names.find((name) => !NAME.test(name));
    const setting = isList ? "REGIONS" : "REGION";
    if (bad !== undefined) this.wrong(setting, `"${bad}" is not 1 to 16 of a-z and 0-9`);
    else if (names.length === 0) this.wrong(setting, "it names no region");
    else if (new Set(names).size < names.length) this.wrong(setting, "it names a region twice");
    return names.length === 0 ? [alone] : names;
  }

  /** One of the names; the first, where none is given. */
  usual(names: readonly string[]): string {
    const [first = USUAL] = names;
    const usual = this.text("REGION") ?? first;
    if (!names.includes(usual)) this.wrong("REGION", `"${usual}" is not one of REGIONS`);
    return usual;
  }

  chosen<T extends string>(setting: `REGION_${string}`, options: readonly T[]): T | undefined {
    const text = this.text(setting);
    if (text === undefined) return undefined;
    const chosen = options.find((option) => option === text);
    if (chosen === undefined) this.wrong(setting, `"${text}" is not one of ${options.join(", ")}`);
    return chosen;
  }

  region(name: string): Region {
    const hint = this.chosen(`REGION_${name.toUpperCase()}_HINT`, HINTS);
    const jurisdiction = this.chosen(`REGION_${name.toUpperCase()}_JURISDICTION`, JURISDICTIONS);
    return { name, ...(hint === undefined ? {} : { hint }), ...(jurisdiction === undefined ? {} : { jurisdiction }) };
  }

  /** Who is there is at home in the region: places by their codes. */
  places(names: readonly string[], what: "CONTINENTS" | "COUNTRIES"): Map<string, string> {
    const places = new Map<string, string>();
    for (const name of names) {
      const setting = `REGION_${name.toUpperCase()}_${what}` as const;
      for (const code of list(this.text(setting))) {
        const isCode = what === "CONTINENTS" ? CONTINENTS.has(code) : /^[A-Z]{2}$/.test(code);
        if (!isCode)
          this.wrong(setting, `"${code}" is not the code of a ${what === "CONTINENTS" ? "continent" : "country"}`);
        if (places.has(code)) this.wrong(setting, `${code} belongs to ${places.get(code)} already`);
        places.set(code, name);
      }
    }
    return places;
  }

  /** A name with a typing error would silently do nothing. */
  strays(names: readonly string[]): void {
    for (const setting of Object.keys(this.#settings)) {
      if (!setting.startsWith("REGION_")) continue;
      const [, name = ""] = OF_REGION.exec(setting) ?? [];
      if (!names.includes(name.toLowerCase()))
        this.wrong(setting, "it is about no region of REGIONS, or nothing of one");
    }
  }
}

/** Which regions there are, from the settings. */
export const readRegions = (settings: Settings): Regions => {
  const reader = new Reader(settings);
  const names = reader.names();
  const usual = reader.usual(names);
  const regions = new Map(names.map((name) => [name, reader.region(name)]));
  const countries = reader.places(names, "COUNTRIES");
  const continents = reader.places(names, "CONTINENTS");
  reader.strays(names);
  return {
    names,
    usual,
    get: (name) => regions.get(name),
    of: (id) => regions.get(ID.exec(id)?.[1] ?? ""),
    near: ({ claim = "", country = "", continent = "" }) =>
      regions.get(claim)?.name ?? countries.get(country) ?? continents.get(continent),
    problems: reader.problems,
  };
};

const known = new WeakMap<Settings, Regions>();

/** Per set of bindings, of which an isolate has one. */
export const regionsOf = (settings: Settings): Regions => {
  const regions = known.get(settings) ?? readRegions(settings);
  known.set(settings, regions);
  return regions;
};
