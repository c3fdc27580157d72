const IPV4 = /^(?:::ffff:)?(\d{1,3}(?:\.\d{1,3}){3})$/i;
/** `1.2.3.4:5678`, `[::1]:5678`, `[::1]`: what is before the port. */
const WITH_PORT = /^(?:\[([0-9a-f:.]+)\](?::\d+)?|(\d{1,3}(?:\.\d{1,3}){3}):\d+)$/i;
const GROUPS = 8;
const PREFIX_GROUPS = 4;

const groupsOf = (text: string): string[] => (text === "" ? [] : text.split(":"));

/**
 * What a client's address is counted by: IPv4 itself; of IPv6 the /64, which is what one subscriber has. A port is
 * left out. What is no address is `undefined`.
 */
export const networkOf = (text: string): string | undefined => {
  const trimmed = text.trim();
  const [, bracketed, withPort] = WITH_PORT.exec(trimmed) ?? [];
  const address = bracketed ?? withPort ?? trimmed;
  const v4 = IPV4.exec(address)?.[1];
  if (v4 !== undefined) return v4;
  if (!/^[0-9a-f:.]{2,45}$/i.test(address) || !address.includes(":")) return undefined;
  const [head = "", tail] = address.toLowerCase().split("::");
  const front = groupsOf(head);
  const back = groupsOf(tail ?? "");
  // "::" stands for as many zeros as are missing.
  const zeros = Array.from({ length: tail === undefined ? 0 : GROUPS - front.length - back.length }, () => "0");
  const groups = [...front, ...zeros, ...back];
  if (groups.length < PREFIX_GROUPS) return undefined;
  return `${groups
    .slice(0, PREFIX_GROUPS)
    .map((group) => group.replace(/^0+(?=.)/, ""))
    .join(":")}::/64`;
};
