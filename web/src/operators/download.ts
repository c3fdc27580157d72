import { sha256Hex, type AdminClient, type DataExport } from "@parley/client/admin";

/** Times in a row that a connection may break without having brought anything. */
const ATTEMPTS = 5;

/** The whole file of an export, going on where a connection broke; nothing when it is not the one that the server made. */
export const fetchExport = async (
  admin: AdminClient,
  { export_id, bytes, sha256 }: DataExport,
  onProgress: (percent: number) => void,
): Promise<Blob | undefined> => {
  let parts: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  for (let failures = 0; size < bytes;) {
    const before = size;
    const response = await admin.exportFile(export_id, size);
    if (response.status !== 206) [parts, size] = [[], 0];
    try {
      // Not `for await`: Safari's streams know no such thing.
      const reader = response.body?.getReader();
      for (;;) {
        const { done, value } = (await reader?.read()) ?? { done: true };
        if (done || value === undefined) break;
        parts.push(value);
        size += value.byteLength;
        onProgress(Math.floor((size * 100) / Math.max(bytes, 1)));
      }
    } catch (error) {
      failures = size > before ? 0 : failures + 1;
      if (failures >= ATTEMPTS) throw error;
    }
  }
  const file = new Blob(parts, { type: "application/gzip" });
  return (await sha256Hex(await file.arrayBuffer())) === sha256 ? file : undefined;
};

/** Hands a file to the browser's downloads. */
export const saveFile = (file: Blob, name: string): void => {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name.replaceAll(/[^\w.-]/g, "_");
  link.click();
  // Not at once: the browser begins to read it after this turn.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
};
