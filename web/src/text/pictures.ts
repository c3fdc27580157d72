/** Hues that a picture made of an emoji can have. */
export const PICTURE_HUES = [0, 30, 60, 120, 165, 200, 240, 285, 330] as const;

/** What the server takes. */
const MAX_CHARS = 2048;
const SIDES = [72, 64, 56, 48, 40, 32] as const;
const QUALITIES = [0.7, 0.5, 0.3] as const;

const escape = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");

/** A picture without a file: an emoji on a colour, as an address that any client can show. */
export const emojiPicture = (emoji: string, hue: number): string => {
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><rect width="64" height="64" fill="hsl(${hue} 60% 82%)"/>` +
    `<text x="32" y="33" font-size="36" text-anchor="middle" dominant-baseline="central">${escape(emoji)}</text></svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
};

/** Whether the app may show it: the page's policy lets nothing in from elsewhere, and no address learns who looks. */
export const isShownPicture = (address: string | undefined): address is string =>
  address !== undefined && /^data:image\/(?:svg\+xml|png|jpeg|webp|gif)[;,]/.test(address);

export type SmallPicture =
  | { readonly ok: true; readonly address: string }
  | { readonly ok: false; readonly reason: "unreadable" | "large" };

const drawn = (image: ImageBitmap, side: number): HTMLCanvasElement => {
  const canvas = document.createElement("canvas");
  canvas.width = side;
  canvas.height = side;
  const cut = Math.min(image.width, image.height);
  const context = canvas.getContext("2d");
  if (context !== null) {
    context.imageSmoothingQuality = "high";
    context.drawImage(image, (image.width - cut) / 2, (image.height - cut) / 2, cut, cut, 0, 0, side, side);
  }
  return canvas;
};

/** The middle of an image file, as large and as good as fits into an address that the server takes. */
export const smallPicture = async (file: Blob): Promise<SmallPicture> => {
  let image: ImageBitmap;
  try {
    image = await createImageBitmap(file);
  } catch {
    // Not an image, or of a kind that this browser does not read.
    return { ok: false, reason: "unreadable" };
  }
  for (const side of SIDES) {
    const canvas = drawn(image, side);
    for (const quality of QUALITIES) {
      for (const type of ["image/webp", "image/jpeg"]) {
        const address = canvas.toDataURL(type, quality);
        // A browser that cannot write a type writes PNG.
        if (address.startsWith(`data:${type}`) && address.length <= MAX_CHARS) return { ok: true, address };
      }
    }
  }
  return { ok: false, reason: "large" };
};
