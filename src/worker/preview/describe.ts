import { LIMITS } from "../../shared/limits.ts";
import type { LinkPreview } from "../../shared/protocol/message.ts";
import { decodeEntities } from "./entities.ts";

type PageWords = Omit<LinkPreview, "url">;

/** A page may write a character as up to ten of its own, and as many spaces as it likes. */
const RAW_FACTOR = 16;

/** One line of at most so many UTF-16 units, not cut within a character; nothing if it would be empty. */
const lineOf = (raw: string | undefined, maxChars: number): string | undefined => {
  const decoded = decodeEntities((raw ?? "").slice(0, maxChars * RAW_FACTOR));
  // Controls say nothing, and those of direction would turn the text around the preview.
  const line = decoded
    .replaceAll(/[\p{Cc}\s]+/gu, " ")
    .replaceAll(/[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/g, "");
  const cut = line.trim().slice(0, maxChars);
  const whole = /[\uD800-\uDBFF]$/.test(cut) ? cut.slice(0, -1) : cut;
  return whole.trim() || undefined;
};

/** The page in pieces, until it is enough. */
const piecesOf = (html: string, isEnough: () => boolean): ReadableStream<Uint8Array> => {
  const bytes = new TextEncoder().encode(html);
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length || isEnough()) return controller.close();
      controller.enqueue(bytes.subarray(at, at + LIMITS.previewPieceBytes));
      at += LIMITS.previewPieceBytes;
    },
  });
};

/** What a page says of itself: by Open Graph, else in its own title and description. */
export const describePage = async (html: string): Promise<PageWords> => {
  const metas = new Map<string, string>();
  let title = "";
  let titles = 0;
  // Each of them costs a call: a page of nothing else would keep the server busy for seconds.
  let looks = 0;
  const rewriter = new HTMLRewriter()
    .on("meta", {
      element(meta) {
        looks++;
        const content = meta.getAttribute("content")?.trim();
        const key = (meta.getAttribute("property") ?? meta.getAttribute("name"))?.trim().toLowerCase();
        if (key && content && !metas.has(key)) metas.set(key, content);
      },
    })
    .on("title", {
      element() {
        looks++;
        // Pictures inside a page have titles too: the first one is the page's.
        titles++;
      },
      text(chunk) {
        looks++;
        if (titles === 1 && title.length < LIMITS.previewTitleChars * RAW_FACTOR) title += chunk.text;
      },
    });
  const pieces = piecesOf(html, () => looks > LIMITS.previewLooks);
  try {
    await rewriter.transform(new Response(pieces)).body?.pipeTo(new WritableStream());
  } catch {
    // A tag longer than the parser's memory, which pages can have: what stands before it is good.
  }
  const words = {
    title: lineOf(metas.get("og:title"), LIMITS.previewTitleChars) ?? lineOf(title, LIMITS.previewTitleChars),
    description:
      lineOf(metas.get("og:description"), LIMITS.previewTextChars) ??
      lineOf(metas.get("description"), LIMITS.previewTextChars),
    site_name: lineOf(metas.get("og:site_name"), LIMITS.nameChars),
  };
  return JSON.parse(JSON.stringify(words)) as PageWords;
};
