import type { ErrorCode } from "../shared/errors.ts";
import { LIMITS } from "../shared/limits.ts";
import { refusalOf } from "../shared/protocol/refusal-of.ts";
import type { Route } from "../shared/protocol/http.ts";
import { refuse } from "../shared/result.ts";
import type { Result } from "../shared/result.ts";

/** What a request brings, as the schemas of its route made it. */
export interface Input {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
}

const bad = (code: ErrorCode, why: string) => refuse(code, `unable to read the request; ${why}`);

/**
 * The body as JSON, bounded while it is read. A client that is still writing would not see the refusal: a bounded
 * amount more is read, and dropped.
 */
const readBody = async (request: Request): Promise<Result<unknown>> => {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.byteLength;
    if (size <= LIMITS.frameBytes) chunks.push(chunk);
    else if (size > LIMITS.bodyDrainBytes) break;
  }
  if (size > LIMITS.frameBytes) return bad("too_large", "the body is too large");
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return { ok: true, value: JSON.parse(text) as unknown };
  } catch {
    return bad("bad_request", "the body is not JSON");
  }
};

/** Checks everything that a request brings, once: inside, types are trusted. */
export const validate = async (
  route: Route,
  request: Request,
  pathParams: Record<string, string>,
): Promise<Result<Input>> => {
  const params = route.params?.safeParse(pathParams);
  // What has not even the form of an id cannot be there.
  if (params?.success === false)
    return refuse("not_found", "unable to find it; the address names nothing that can exist");
  const query = route.query?.safeParse(Object.fromEntries(new URL(request.url).searchParams));
  if (query?.success === false) return { ok: false, refusal: refusalOf(query.error, "read the query") };
  if (!route.body) return { ok: true, value: { params: params?.data, query: query?.data, body: undefined } };
  const read = await readBody(request);
  if (!read.ok) return read;
  const body = route.body.safeParse(read.value);
  if (!body.success) return { ok: false, refusal: refusalOf(body.error, "read the body") };
  return { ok: true, value: { params: params?.data, query: query?.data, body: body.data } };
};
