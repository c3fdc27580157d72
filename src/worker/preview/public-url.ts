/** Names that stand for this machine or a network of somebody's own (RFC 6761, 6762, 8375, 9476) or are often used so. */
const PRIVATE_ENDINGS = new Set([
  "localhost",
  "localdomain",
  "local",
  "internal",
  "intranet",
  "private",
  "corp",
  "home",
  "lan",
  "test",
  "example",
  "invalid",
  "onion",
  "alt",
  "arpa",
]);

const HOST_CHARS = 253;
/** Stricter than URLs are: no parser further down can read another host out of what consists of these. */
const LABEL = /^(?!-)[a-z0-9_-]{1,63}(?<!-)$/;
/** A top-level domain is letters, or an internationalised one. Whatever is an IPv4 address ends in a number. */
const TOP_LABEL = /^(?:[a-z]{2,63}|xn--[a-z0-9-]{1,59})$/;

const isPublicName = (host: string): boolean => {
  const labels = host.split(".");
  const top = labels.at(-1) ?? "";
  return (
    host.length <= HOST_CHARS &&
    labels.length >= 2 &&
    labels.every((label) => LABEL.test(label)) &&
    TOP_LABEL.test(top) &&
    !PRIVATE_ENDINGS.has(top)
  );
};

/**
 * The page that `text` names, if it is one that anybody may be sent to: http or https on its own port, at a name
 * of the public DNS, without credentials. The name may still resolve to a private address: see PREVIEW_NET.
 * Without the fragment, which is the reader's own.
 * @param base what `text` may be relative to: a redirect's
 */
export const publicUrl = (text: string, base?: URL): URL | undefined => {
  // The parser has turned every spelling of an address (decimal, octal, hex, full-width) into its usual one.
  const url = URL.parse(text, base?.href);
  if (url === null) return undefined;
  const isWeb = url.protocol === "https:" || url.protocol === "http:";
  const isPlain = url.port === "" && url.username === "" && url.password === "";
  if (!isWeb || !isPlain || !isPublicName(url.hostname)) return undefined;
  url.hash = "";
  return url;
};
