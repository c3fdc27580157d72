import { describe, expect, it } from "vitest";
import { admitArrival } from "../../src/worker/arrivals.ts";

const BURST = 3;

/** A request as the platform hands it over: with what it knows of the connection, and the client's own headers. */
const request = (headers: Record<string, string>, cf: Record<string, unknown>): Request =>
  Object.assign(new Request("https://chat.example.org/api/v1/connect", { headers }), { cf });

/** How many of ten are let in at once. */
const admitted = (settings: Record<string, string>, make: (index: number) => Request): number => {
  const env = { CONNECT_BURST: String(BURST), CONNECT_RATE: "1", ...settings };
  return Array.from({ length: 10 }, (_x, index) => admitArrival(env, make(index))).filter((wait) => wait === 0).length;
};

describe("[CONN-2] where a request comes from", () => {
  const peer = { clientIp: "192.0.2.1:4711" };
  const atCloudflare = { colo: "VIE" };

  it("on plain workerd: the other end of the connection, whatever the client writes", () => {
    expect(admitted({}, (i) => request({}, { clientIp: `192.0.2.1:${4000 + i}` }))).toBe(BURST);
    const forged = (i: number) => ({ "cf-connecting-ip": `203.0.113.${i}`, "x-forwarded-for": `203.0.113.${i}` });
    expect(admitted({}, (i) => request(forged(i), peer))).toBe(BURST);
    expect(admitted({}, (i) => request({}, { clientIp: `192.0.2.${i}:4711` }))).toBe(10);
  });

  it("at Cloudflare: what the platform says, and no other header", () => {
    const from = (i: number) => ({ "cf-connecting-ip": "203.0.113.9", "x-forwarded-for": `203.0.113.${i}` });
    expect(admitted({}, (i) => request(from(i), atCloudflare))).toBe(BURST);
    expect(admitted({}, (i) => request({ "cf-connecting-ip": `203.0.113.${i}` }, atCloudflare))).toBe(10);
  });

  it("behind one's own proxy: the last hop of the header that it writes", () => {
    const settings = { CLIENT_ADDRESS_HEADER: "X-Forwarded-For" };
    const hops = (i: number) => ({ "x-forwarded-for": `203.0.113.${i}, 198.51.100.7` });
    expect(admitted(settings, (i) => request(hops(i), peer))).toBe(BURST);
    expect(admitted(settings, (i) => request({ "x-forwarded-for": `1.1.1.1, 203.0.113.${i}` }, peer))).toBe(10);
    // Who comes past the proxy is counted by himself.
    expect(admitted(settings, () => request({}, peer))).toBe(BURST);
  });

  it("nobody is counted where the operator wants no bound, or nothing is known", () => {
    expect(admitted({ CONNECT_RATE: "0" }, () => request({}, peer))).toBe(10);
    expect(admitted({}, () => request({}, {}))).toBe(10);
  });
});
