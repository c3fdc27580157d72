/** A whole gzip file. Several behind each other are one, too (RFC 1952). */
export const gzip = async (text: string): Promise<Uint8Array> => {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
};

const hexOf = (bytes: ArrayBuffer): string =>
  Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");

/** Of all of them behind each other, in hexadecimal: one is in memory at a time. */
export const sha256Of = async (parts: AsyncIterable<Uint8Array>): Promise<string> => {
  const digest = new crypto.DigestStream("SHA-256");
  const writer = digest.getWriter();
  for await (const part of parts) await writer.write(part);
  await writer.close();
  return hexOf(await digest.digest);
};
