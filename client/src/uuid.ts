import type { ClientMessageId } from "../../src/shared/ids.ts";

/** The UUIDv7 of a time and at least 16 bytes: the time in front lets the server find an old one without searching its whole log. */
export const uuidOf = (timeMs: number, source: Uint8Array): ClientMessageId => {
  const bytes = source.slice(0, 16);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  view.setUint16(0, Math.floor(timeMs / 2 ** 32));
  view.setUint32(2, timeMs % 2 ** 32);
  view.setUint8(6, (view.getUint8(6) & 0x0f) | 0x70);
  view.setUint8(8, (view.getUint8(8) & 0x3f) | 0x80);
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
};

/** One that nobody else makes. */
export const uuidV7 = (nowMs: number): ClientMessageId => uuidOf(nowMs, crypto.getRandomValues(new Uint8Array(16)));
