import type { LogRow } from "../../core/conversation/log-table.ts";

const encoder = new TextEncoder();

/** What an entry takes, about: its texts in UTF-8, and some for the rest. */
export const bytesOf = (row: LogRow): number =>
  200 + encoder.encode(`${row.body}${row.edited ?? ""}${row.mentions ?? ""}`).byteLength;

/** As many entries together as a statement may carry; one that is larger goes alone. */
export const chunksOf = <Row extends LogRow>(rows: readonly Row[], maxBytes: number): Row[][] => {
  const chunks: Row[][] = [];
  let bytes = Infinity;
  for (const row of rows) {
    const size = bytesOf(row);
    bytes += size;
    const chunk = chunks.at(-1);
    if (chunk && bytes <= maxBytes) chunk.push(row);
    else {
      chunks.push([row]);
      bytes = size;
    }
  }
  return chunks;
};
