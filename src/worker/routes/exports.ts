import { exportKey } from "../../core/personal/export-job.ts";
import { blobsOf } from "../../platform/blobs.ts";
import { regionsOf } from "../../platform/regions.ts";
import type { EdgeBindings } from "../../rpc/bindings.ts";
import type { ExportFile, JobsRpc } from "../../rpc/jobs-rpc.ts";
import { refuse } from "../../shared/result.ts";
import type { Result } from "../../shared/result.ts";
import type { Handlers } from "../handler.ts";
import { answer, json, problem } from "../problem.ts";
import { rangeOf } from "../range.ts";
import type { ByteRange } from "../range.ts";

const jobOf = (env: EdgeBindings, id: string): JobsRpc => env.JOBS.getByName(`export/${id}`);

const asJson = <T>(result: Result<T>): Result<string> =>
  result.ok ? { ok: true, value: JSON.stringify(result.value) } : result;

/** Part by part, as the one who reads takes them: a part is in memory at a time. */
const fileStream = (env: EdgeBindings, id: string, { region, parts }: ExportFile, { from, end }: ByteRange) => {
  const blobs = blobsOf(env, region);
  let part = 0;
  let at = 0;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      while (part < parts.length && at + (parts[part] ?? 0) <= from) at += parts[part++] ?? 0;
      if (part >= parts.length || at >= end) return controller.close();
      const offset = Math.max(0, from - at);
      const length = Math.min(parts[part] ?? 0, end - at) - offset;
      const bytes = await blobs?.get(exportKey(id, part), { offset, length });
      // Half a file must not look like a whole one.
      if (bytes?.byteLength !== length) return controller.error(new Error(`unable to read part ${part} of the export`));
      at += parts[part++] ?? 0;
      controller.enqueue(bytes);
    },
  });
};

export const exportHandlers = {
  async adminExport({ env, params, body }) {
    const home = await env.USER.getByName(params.id).homeRegion();
    const wish = { ...body, user_id: params.id, region: home ?? regionsOf(env).usual };
    const begun = asJson(await jobOf(env, body.export_id).beginExport(wish));
    return begun.ok ? json(begun.value, 202) : problem(begun.refusal);
  },

  adminGetExport: async ({ env, params }) => answer(asJson(await jobOf(env, params.id).exportState())),

  async adminExportFile({ env, params, range }) {
    const file = await jobOf(env, params.id).exportFile();
    if (!file.ok) return problem(file.refusal);
    const size = file.value.parts.reduce((sum, bytes) => sum + bytes, 0);
    const wanted = rangeOf(range, size);
    if (!wanted) return problem(refuse("bad_request", "unable to read the file; it has no such range").refusal);
    const { from, end, isPart } = wanted;
    return new Response(fileStream(env, params.id, file.value, wanted), {
      status: isPart ? 206 : 200,
      headers: {
        "content-type": "application/gzip",
        "content-length": String(end - from),
        "content-disposition": `attachment; filename="export-${params.id}.jsonl.gz"`,
        "accept-ranges": "bytes",
        "cache-control": "no-store",
        ...(isPart ? { "content-range": `bytes ${from}-${end - 1}/${size}` } : {}),
      },
    });
  },
} satisfies Handlers;
