import { connect } from "node:http2";
import type { IncomingHttpHeaders } from "node:http2";
import { readBody } from "./double.ts";

/** A `fetch` that speaks HTTP/2, as the edge's may: as much of it as the gateways use, a connection per request. */
export const h2Fetch =
  (ca: string) =>
  async (url: string, init: RequestInit): Promise<Response> => {
    const { origin, pathname } = new URL(url);
    const session = connect(origin, { ca });
    try {
      const headers = Object.fromEntries(new Headers(init.headers));
      const stream = session.request({ ...headers, ":method": init.method ?? "GET", ":path": pathname });
      const failed = new Promise<never>((_resolve, reject) => {
        session.on("error", reject);
        session.on("close", () => reject(new Error("the connection is closed")));
        stream.on("error", reject);
        stream.on("aborted", () => reject(new Error("the stream was aborted")));
        init.signal?.addEventListener("abort", () => reject(new Error("aborted")), { once: true });
      });
      failed.catch(() => undefined);
      stream.end(init.body);
      const answered = new Promise<IncomingHttpHeaders>((resolve) => stream.on("response", resolve));
      const received = await Promise.race([answered, failed]);
      const body = await Promise.race([readBody(stream), failed]);
      const retryAfter = received["retry-after"];
      return new Response(body.toString(), {
        status: Number(received[":status"]),
        headers: retryAfter === undefined ? {} : { "retry-after": retryAfter },
      });
    } finally {
      session.destroy();
    }
  };
