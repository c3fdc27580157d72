import type { DeviceId, UserId } from "../../src/shared/ids.ts";
import type { Environment } from "./environment.ts";

/** What a client may read in its own token; the server alone judges it. */
export interface TokenClaims {
  readonly sub?: UserId;
  readonly device_id?: DeviceId;
  /** Seconds since 1970. */
  readonly exp?: number;
}

/** The claims of a JWT, unverified; none of a token in another form. */
export const readClaims = (token: string): TokenClaims => {
  try {
    const payload = (token.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/");
    const bytes = Uint8Array.from(atob(payload), (character) => character.codePointAt(0) ?? 0);
    const claims: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof claims === "object" && claims !== null ? claims : {};
  } catch {
    // Not a JWT: the server decides what it is worth.
    return {};
  }
};

/** A token that ends within this time is not used for a new request. */
const MARGIN_MS = 5000;

/** Asks the app for tokens, once at a time, and remembers the last. */
export class TokenSource {
  readonly #ask: () => Promise<string> | string;
  readonly #environment: Environment;
  #last: string | undefined;
  #asking: Promise<string> | undefined;

  constructor(ask: () => Promise<string> | string, environment: Environment) {
    this.#ask = ask;
    this.#environment = environment;
  }

  /** A new one from the app. Rejects with what `getToken` threw. */
  fresh(): Promise<string> {
    this.#asking ??= this.#request().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  /** The last one while it is good, else a new one. */
  async current(): Promise<string> {
    const { exp } = readClaims(this.#last ?? "");
    const good = exp === undefined || exp * 1000 - this.#environment.now() > MARGIN_MS;
    return this.#last !== undefined && good ? this.#last : this.fresh();
  }

  forget(): void {
    this.#last = undefined;
  }

  async #request(): Promise<string> {
    const token = await this.#ask();
    this.#last = token;
    return token;
  }
}
