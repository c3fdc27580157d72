import { describe, expect, it } from "vitest";
import { decodePage } from "../../src/worker/preview/charset.ts";
import { decodeEntities } from "../../src/worker/preview/entities.ts";

const HTML = "text/html";
const ascii = (text: string): number[] => [...new TextEncoder().encode(text)];
const page = (before: string, bytes: readonly number[]): Uint8Array =>
  Uint8Array.from([...ascii(before), ...bytes, ...ascii("!")]);

/** "é" as UTF-8 and as Windows-1252, "щ" as Windows-1251, "日" as Shift_JIS. */
const E_ACUTE = [0xc3, 0xa9];
const E_ACUTE_1252 = [0xe9];
const SHCHA_1251 = [0xf9];
const DAY_SJIS = [0x93, 0xfa];

describe("[PREV-1] the encoding of a page", () => {
  const cases: [string, Uint8Array, string, string][] = [
    ["is UTF-8 when nobody says", page("", E_ACUTE), HTML, "é!"],
    ["is what content-type says", page("", SHCHA_1251), "text/html; charset=windows-1251", "щ!"],
    ["may be quoted there", page("", DAY_SJIS), 'text/html; charset="Shift_JIS"', "日!"],
    ["is what the page says", page("<meta charset=latin1>", E_ACUTE_1252), HTML, "<meta charset=latin1>é!"],
    [
      "may be said the old way",
      page('<meta http-equiv="Content-Type" content="text/html; charset=windows-1251">', SHCHA_1251),
      HTML,
      '<meta http-equiv="Content-Type" content="text/html; charset=windows-1251">щ!',
    ],
    [
      "is content-type's where they differ",
      page("<meta charset=windows-1251>", E_ACUTE),
      "text/html;charset=utf-8",
      "<meta charset=windows-1251>é!",
    ],
    [
      "is not what is said elsewhere than in a meta",
      page("<p>charset=latin1</p>", E_ACUTE),
      HTML,
      "<p>charset=latin1</p>é!",
    ],
    ["is UTF-8 when the name is none", page("", E_ACUTE), "text/html; charset=klingon", "é!"],
    ["is not UTF-16 when ASCII could be read", page("<meta charset=utf-16>", E_ACUTE), HTML, "<meta charset=utf-16>é!"],
    ["is the mark's before all else", Uint8Array.of(0xef, 0xbb, 0xbf, ...E_ACUTE), "text/html; charset=latin1", "é"],
    ["may be UTF-16, by its mark", Uint8Array.of(0xff, 0xfe, 0xe9, 0x00), HTML, "é"],
    ["may be UTF-16 of the other order", Uint8Array.of(0xfe, 0xff, 0x00, 0xe9), HTML, "é"],
  ];
  it.each(cases)("%s", (_title, bytes, type, text) => {
    expect(decodePage(bytes, type)).toBe(text);
  });

  it("shows no replacement character where a page was cut within a character", () => {
    expect(decodePage(Uint8Array.of(0x61, 0xe2, 0x82), HTML)).toBe("a");
  });
});

describe("[PREV-1] character references", () => {
  it.each([
    ["Tom &amp; Jerry", "Tom & Jerry"],
    ["&lt;b&gt; &quot;x&quot; &apos;y&apos;", `<b> "x" 'y'`],
    ["&#39;&#x27;&#X27;", "'''"],
    ["&#128512;&#x1F600;", "😀😀"],
    ["caf&eacute; &Uuml;ber &yuml;&nbsp;&szlig;", "café Über ÿ\u00A0ß"],
    ["a &ndash; b &mdash; c&hellip; &euro; &trade;", "a – b — c… € ™"],
    ["&#150;&#x80;", "–€"],
    ["&amp;lt;", "&lt;"],
    ["&#0;&#xD800;&#x110000;&#9999999999;", "\uFFFD\uFFFD\uFFFD\uFFFD"],
    ["AT&T; a & b &unknown; &AMP &#; &#x;", "AT&T; a & b &unknown; &AMP &#; &#x;"],
  ])("%s", (written, meant) => {
    expect(decodeEntities(written)).toBe(meant);
  });

  it("are looked for in linear time", () => {
    const started = performance.now();
    decodeEntities("&".repeat(500_000) + "&#".repeat(250_000) + "&a".repeat(250_000));
    expect(performance.now() - started).toBeLessThan(2000);
  });
});
