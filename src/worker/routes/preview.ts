import type { EdgeBindings } from "../../rpc/bindings.ts";
import { refuse } from "../../shared/result.ts";
import type { Handlers } from "../handler.ts";
import { describePage } from "../preview/describe.ts";
import { readPage } from "../preview/page.ts";
import type { PageNetwork } from "../preview/page.ts";
import { publicUrl } from "../preview/public-url.ts";
import { json, problem } from "../problem.ts";

const OFF = refuse("unsupported", "unable to preview the link; this server makes no previews");
/** One for every reason: whether a host exists, refuses or is none of the public's business is not told. */
const NOTHING = refuse("not_found", "unable to preview the link; there is nothing to show");

/** On plain workerd a network of its own; at the edge there is no private one. */
const networkOf = ({ PREVIEW_NET }: EdgeBindings): PageNetwork =>
  PREVIEW_NET ?? { fetch: (url, init) => fetch(url, init) };

export const previewHandlers = {
  async linkPreview({ env, identity, query }) {
    if (env.LINK_PREVIEWS !== "on") return problem(OFF.refusal);
    const url = publicUrl(query.url);
    if (!url) return problem(NOTHING.refusal);
    const retry_after_ms = await env.USER.getByName(identity.user_id).allowPreview();
    if (retry_after_ms > 0)
      return problem(
        refuse("rate_limited", "unable to preview the link; too many at once", { retry_after_ms }).refusal,
      );
    const page = await readPage(networkOf(env), url);
    const words = page === undefined ? {} : await describePage(page);
    return Object.keys(words).length === 0
      ? problem(NOTHING.refusal)
      : json(JSON.stringify({ url: query.url, ...words }));
  },
} satisfies Handlers;
