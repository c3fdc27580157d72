import type { SegmentCodec } from "../../core/archive/segment-file.ts";

const through = async (
  bytes: Uint8Array<ArrayBuffer>,
  stream: CompressionStream | DecompressionStream,
): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer());

const sha256Of = async (bytes: Uint8Array<ArrayBuffer>): Promise<string> => {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
};

/** Segments as gzip, each with the checksum of what lies in the store. */
export const segmentCodec: SegmentCodec = {
  async pack(text) {
    const bytes = await through(new Uint8Array(new TextEncoder().encode(text)), new CompressionStream("gzip"));
    return { bytes, sha256: await sha256Of(bytes) };
  },
  async unpack(file, sha256) {
    // A copy: what comes from a store may lie in a buffer of another kind.
    const bytes = new Uint8Array(file);
    if ((await sha256Of(bytes)) !== sha256) return undefined;
    return new TextDecoder().decode(await through(bytes, new DecompressionStream("gzip")));
  },
};
