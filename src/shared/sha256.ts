/**
 * SHA-256 in one turn. The platform's own answers later, and a page that is not served securely has none: what is
 * chained must not be torn apart by an await, and a chain must be checkable wherever it is read.
 */

const fractionOf = (value: number): number => Math.floor((value - Math.floor(value)) * 0x1_0000_0000);

const firstPrimes = (count: number): number[] => {
  const primes: number[] = [];
  for (let candidate = 2; primes.length < count; candidate++)
    if (primes.every((prime) => candidate % prime !== 0)) primes.push(candidate);
  return primes;
};

const PRIMES = firstPrimes(64);
const ROUND = Int32Array.from(PRIMES, (prime) => fractionOf(Math.cbrt(prime)));
const START = Int32Array.from(PRIMES.slice(0, 8), (prime) => fractionOf(Math.sqrt(prime)));

const turn = (word: number, by: number): number => (word >>> by) | (word << (32 - by));

/** UTF-8, which the language's own types do not have without a platform. */
const utf8 = (text: string): number[] => {
  const bytes: number[] = [];
  for (const char of text.toWellFormed()) {
    const code = char.codePointAt(0) ?? 0;
    if (code < 0x80) bytes.push(code);
    else if (code < 0x800) bytes.push(0xc0 | (code >> 6), 0x80 | (code & 63));
    else if (code < 0x1_0000) bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
    else bytes.push(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 63), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
  }
  return bytes;
};

const padded = (bytes: readonly number[]): DataView => {
  const view = new DataView(new ArrayBuffer(Math.ceil((bytes.length + 9) / 64) * 64));
  for (const [index, byte] of bytes.entries()) view.setUint8(index, byte);
  view.setUint8(bytes.length, 0x80);
  view.setUint32(view.byteLength - 8, Math.floor((bytes.length * 8) / 0x1_0000_0000));
  view.setUint32(view.byteLength - 4, (bytes.length * 8) >>> 0);
  return view;
};

const compress = (state: Int32Array, block: DataView, offset: number, words: Int32Array): void => {
  for (let i = 0; i < 64; i++) {
    if (i < 16) {
      words[i] = block.getInt32(offset + i * 4);
      continue;
    }
    const [early = 0, late = 0] = [words[i - 15], words[i - 2]];
    const small = turn(early, 7) ^ turn(early, 18) ^ (early >>> 3);
    const large = turn(late, 17) ^ turn(late, 19) ^ (late >>> 10);
    words[i] = (words[i - 16] ?? 0) + small + (words[i - 7] ?? 0) + large;
  }
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state;
  for (let i = 0; i < 64; i++) {
    const chosen = (e & f) ^ (~e & g);
    const first = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + chosen + (ROUND[i] ?? 0) + (words[i] ?? 0)) | 0;
    const majority = (a & b) ^ (a & c) ^ (b & c);
    const second = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + majority) | 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + second) | 0];
  }
  for (const [index, word] of [a, b, c, d, e, f, g, h].entries()) state[index] = (state[index] ?? 0) + word;
};

/** The hash of a text's UTF-8, as 64 hexadecimal digits. */
export const sha256 = (text: string): string => {
  const block = padded(utf8(text));
  const state = START.slice();
  const words = new Int32Array(64);
  for (let offset = 0; offset < block.byteLength; offset += 64) compress(state, block, offset, words);
  return Array.from(state, (word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
};
