import { endOf, readStart } from "../../platform/answer-start.ts";
import { LIMITS } from "../../shared/limits.ts";
import { decodePage } from "./charset.ts";
import { publicUrl } from "./public-url.ts";

/** The way out: to public addresses only. */
export interface PageNetwork {
  fetch(
    url: string,
    init: { redirect: "manual"; headers: Record<string, string>; signal: AbortSignal },
  ): Promise<Response>;
}

const HEADERS = {
  accept: "text/html, application/xhtml+xml;q=0.9",
  "user-agent": "Mozilla/5.0 (compatible; Parley link preview)",
};
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const PAGE_TYPE = /^(?:text\/html|application\/xhtml\+xml)\s*(?:;|$)/i;

/** The answer of the address that redirects lead to. Each of them is held to the rules of the first. */
const follow = async (
  network: PageNetwork,
  asked: URL,
  signal: AbortSignal,
  end: Promise<never>,
): Promise<Response | undefined> => {
  let url: URL | undefined = asked;
  for (let hops = 0; url !== undefined && hops <= LIMITS.previewRedirects; hops++) {
    const init = { redirect: "manual", headers: HEADERS, signal } as const;
    const response: Response = await Promise.race([network.fetch(url.href, init), end]);
    if (!REDIRECTS.has(response.status)) return response;
    void response.body?.cancel().catch(() => undefined);
    const location = response.headers.get("location");
    url = location === null ? undefined : publicUrl(location, url);
  }
  return undefined;
};

/** The beginning of the page at `url` as text, or nothing, whatever the reason. */
export const readPage = async (network: PageNetwork, url: URL): Promise<string | undefined> => {
  const signal = AbortSignal.timeout(LIMITS.previewTimeoutMs);
  const end = endOf(signal);
  try {
    const response = await follow(network, url, signal, end);
    const type = response?.headers.get("content-type") ?? "";
    if (response?.ok && response.body && PAGE_TYPE.test(type))
      return decodePage(await readStart(response.body, LIMITS.previewPageBytes, end), type);
    void response?.body?.cancel().catch(() => undefined);
  } catch {
    // No such host, an address that is not public, a broken answer, too slow: the caller must not learn which.
  }
  return undefined;
};
