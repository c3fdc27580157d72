import { createReadStream } from "node:fs";

/** A line of a file, by its number from 1 on, and where the next one begins. */
export interface FileLine {
  readonly number: number;
  readonly text: string;
  readonly end: number;
}

const NEWLINE = 0x0a;

/** Lines from a byte on, one at a time: a file may be larger than memory. Those that are empty are left out. */
export async function* linesOf(file: string, from = 0, numberOfFirst = 1): AsyncGenerator<FileLine> {
  let number = numberOfFirst;
  let rest: Buffer = Buffer.alloc(0);
  let at = from;
  for await (const chunk of createReadStream(file, { start: from })) {
    let bytes = Buffer.concat([rest, chunk as Buffer]);
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE)) {
      at += end + 1;
      const text = bytes.subarray(0, end).toString("utf8").trim();
      if (text !== "") yield { number, text, end: at };
      number++;
      bytes = bytes.subarray(end + 1);
    }
    rest = bytes;
  }
  const text = rest.toString("utf8").trim();
  if (text !== "") yield { number, text, end: at + rest.length };
}
