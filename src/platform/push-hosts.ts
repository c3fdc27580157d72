/** Push services of browsers, as their makers document them. `jmt17.google.com`: of Chromium that is not Chrome. */
const KNOWN_HOSTS = [
  "fcm.googleapis.com",
  "jmt17.google.com",
  "*.push.services.mozilla.com",
  "*.notify.windows.com",
  "*.push.apple.com",
];
/** A name with a dot, not an address: its last part begins with a letter. */
const HOST = /^(?:\*\.)?(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const LOOPBACK_ORIGIN = /^https?:\/\/(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?$/;

/** An origin on this very machine, as tests use it. */
export const isLoopbackOrigin = (text: string): boolean =>
  LOOPBACK_ORIGIN.test(text) && URL.parse(text)?.origin === text;

/** The push services that endpoints may be at. */
export class PushHosts {
  readonly #entries: readonly string[];

  private constructor(entries: readonly string[]) {
    this.#entries = entries;
  }

  /** From the setting PUSH_HOSTS, or the entry that cannot be used. Origins on this machine are for tests. */
  static read(setting: string | undefined, loopback: boolean): PushHosts | { readonly wrong: string } {
    const entries = (setting ?? "").split(",").flatMap((entry) => entry.trim() || []);
    const wrong = entries.find((entry) => !HOST.test(entry) && !(loopback && isLoopbackOrigin(entry)));
    if (wrong !== undefined) return { wrong };
    return new PushHosts(entries.length === 0 ? KNOWN_HOSTS : entries);
  }

  /**
   * Whether a URL is one of a push service on the list, in the form in which a browser writes it: what it says is also
   * what is fetched, and a host is written in one way only.
   */
  has(url: string): boolean {
    const parsed = URL.parse(url);
    if (parsed === null || parsed.href !== url || parsed.hash !== "" || !url.startsWith(`${parsed.origin}/`))
      return false;
    if (this.#entries.includes(parsed.origin)) return true;
    return parsed.protocol === "https:" && parsed.port === "" && this.#names(parsed.hostname);
  }

  /** Where a provider `webpush:<host>` is reached: over `https:`, unless the list says otherwise. */
  originOf(host: string): string {
    return this.#entries.find((entry) => entry === `http://${host}`) ?? `https://${host}`;
  }

  /** Whether any of them is on this machine. */
  get onThisMachine(): boolean {
    return this.#entries.some(isLoopbackOrigin);
  }

  #names(host: string): boolean {
    return this.#entries.some((entry) => (entry.startsWith("*.") ? host.endsWith(entry.slice(1)) : host === entry));
  }
}
