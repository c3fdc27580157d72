import type { LinkPreview as Preview } from "@parley/client";
import type { JSX } from "preact";

const hostOf = (address: string): string => URL.parse(address)?.hostname ?? address;
const isWeb = (address: string): boolean => /^https?:$/.test(URL.parse(address)?.protocol ?? "");

/** What a linked page says of itself: words only, nothing is loaded from there. */
export const PreviewLines = ({ preview }: { readonly preview: Preview }): JSX.Element => (
  <>
    <span class="preview-site">{preview.site_name ?? hostOf(preview.url)}</span>
    {preview.title !== undefined && (
      <span class="preview-title" dir="auto">
        {preview.title}
      </span>
    )}
    {preview.description !== undefined && (
      <span class="preview-text" dir="auto">
        {preview.description}
      </span>
    )}
  </>
);

/** The same as a link. Its address is what somebody sent: only the web's own kinds are followed. */
export const LinkPreview = ({ preview }: { readonly preview: Preview }): JSX.Element | null =>
  isWeb(preview.url) ? (
    <a class="preview" href={preview.url} target="_blank" rel="noopener noreferrer" data-testid="preview">
      <PreviewLines preview={preview} />
    </a>
  ) : null;
