import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { EdgeBindings } from "../../src/rpc/bindings.ts";
import { LIMITS } from "../../src/shared/limits.ts";
import { linkPreview } from "../../src/shared/protocol/message.ts";
import { previewHandlers } from "../../src/worker/routes/preview.ts";

type Page = () => Response | Promise<Response>;

const START = "https://example.com/";

/** The only addresses there are. What is asked of any other, or in another way than it must be, is a mistake. */
let pages: Record<string, Page>;
let asked: string[];
let mistakes: string[];
/** What the user's object says: how long to wait. */
let wait: number;
let taken: string[];

const network = {
  fetch: async (url: string, init: RequestInit): Promise<Response> => {
    asked.push(url);
    const headers = new Headers(init.headers);
    const names = [...headers.keys()].join();
    if (names !== "accept,user-agent") mistakes.push(`${url}: headers ${names}`);
    if (!headers.get("user-agent")?.includes("Parley")) mistakes.push(`${url}: nameless`);
    if (init.redirect !== "manual" || !init.signal || (init.method ?? "GET") !== "GET") mistakes.push(`${url}: init`);
    const page = pages[url];
    if (!page) {
      mistakes.push(`${url}: not there`);
      throw new TypeError("no such host");
    }
    return page();
  },
};

const bindings = (on: string | null) =>
  ({
    LINK_PREVIEWS: on ?? undefined,
    PREVIEW_NET: network,
    USER: {
      getByName: (name: string) => ({
        allowPreview: async () => {
          taken.push(name);
          return wait;
        },
      }),
    },
  }) as unknown as EdgeBindings;

const ask = async (url: string, on: string | null = "on"): Promise<{ status: number; body: unknown }> => {
  const identity = {
    user_id: "ann",
    device_id: undefined,
    isAdmin: false,
    region: undefined,
    issuedAt: 0,
    expiresAt: 0,
  };
  const call = {
    env: bindings(on),
    identity,
    origin: "https://chat.example.org",
    near: undefined,
    range: undefined,
    params: undefined,
    query: { url },
    body: undefined,
  };
  const response = await previewHandlers.linkPreview(call);
  const body: unknown = await response.json();
  if (response.status === 200) linkPreview.parse(body);
  return { status: response.status, body };
};
const codeOf = async (url: string, on?: string | null): Promise<string> =>
  ((await ask(url, on)).body as { code: string }).code;

const html = (text: string, type = "text/html; charset=utf-8", status = 200): Page => {
  return () => new Response(text, { status, headers: { "content-type": type } });
};
const to = (location: string, status = 302): Page => {
  return () => new Response("<title>moved</title>", { status, headers: { location, "content-type": "text/html" } });
};
const previewOf = async (text: string): Promise<unknown> => {
  pages[START] = html(text);
  return (await ask(START)).body;
};

beforeEach(() => {
  pages = {};
  asked = [];
  mistakes = [];
  wait = 0;
  taken = [];
});
afterEach(() => {
  expect(mistakes).toEqual([]);
});

describe("[PREV-1] what a page says of itself", () => {
  it("is Open Graph's title, description and site, before the page's own", async () => {
    const preview = await previewOf(`<!doctype html><head><title>Own</title>
      <meta name="description" content="own words">
      <meta property="og:title" content="Tom &amp; Jerry"><meta property="og:description" content=" a
        cat   and &#x201C;a mouse&#8221; "><META PROPERTY="OG:Site_Name" CONTENT='Caf&eacute;'></head>`);
    expect(preview).toEqual({
      url: START,
      title: "Tom & Jerry",
      description: "a cat and “a mouse”",
      site_name: "Café",
    });
  });

  it("is the page's own title and description where there is no other", async () => {
    const preview = await previewOf(
      `<title>\n A &lt;b&gt; \n title </title><meta property="og:title" content=" "><meta name=Description content=words>
       <svg><title>picture</title></svg>`,
    );
    expect(preview).toEqual({ url: START, title: "A <b> title", description: "words" });
  });

  it("is the first of several, and not what stands in comments, scripts or text", async () => {
    const preview = await previewOf(
      `<!-- <title>comment</title><meta property="og:title" content="comment"> -->
       <script>"<title>script</title><meta property='og:title' content='script'>"</script>
       <meta property="og:title" content="first"><meta property="og:title" content="second">
       <textarea><meta name="description" content="text"></textarea>`,
    );
    expect(preview).toEqual({ url: START, title: "first" });
  });

  it("has no line breaks, controls or changes of direction", async () => {
    const preview = await previewOf("<title>a&#10;b&#0009;c&#1;d \u202Eevil\u202C&#x202E; &nbsp; e</title>");
    expect(preview).toEqual({ url: START, title: "a b c d evil e" });
  });

  it("is bounded, and not cut within a character", async () => {
    const face = "😀";
    const preview = await previewOf(
      `<title>x${face.repeat(3000)}</title><meta name="description" content="${"&amp;".repeat(9000)}">
       <meta property="og:site_name" content="${"n".repeat(100_000)}">`,
    );
    expect(preview).toEqual({
      url: START,
      title: `x${face.repeat((LIMITS.previewTitleChars - 2) / 2)}`,
      description: "&".repeat(LIMITS.previewTextChars),
      site_name: "n".repeat(LIMITS.nameChars),
    });
  });

  it("is read in the page's own encoding", async () => {
    const [before, after] = ["<meta charset=windows-1251><title>", "</title>"].map((text) =>
      new TextEncoder().encode(text),
    );
    const bytes = Uint8Array.from([...(before ?? []), 0xf9, ...(after ?? [])]);
    pages[START] = () => new Response(bytes, { headers: { "content-type": "text/html" } });
    expect((await ask(START)).body).toEqual({ url: START, title: "щ" });
  });

  it("comes with the address that was asked for, as it was written", async () => {
    pages["https://example.com/a"] = to("https://example.org/b?session=secret");
    pages["https://example.org/b?session=secret"] = html("<title>B</title>", "application/xhtml+xml");
    expect((await ask("HTTPS://Example.com/a#part")).body).toEqual({ url: "HTTPS://Example.com/a#part", title: "B" });
  });

  it("is what stands before a tag that is too long to be read", async () => {
    const preview = await previewOf(
      `<title>Kept</title><img src="data:${"x".repeat(500_000)}"><meta name="description">`,
    );
    expect(preview).toEqual({ url: START, title: "Kept" });
  });

  it("survives whatever a page is made of", async () => {
    const hostile = [
      "<".repeat(500_000),
      `<meta ${"a=b ".repeat(100_000)}`,
      `<meta content="${"x".repeat(500_000)}`,
      "<div>".repeat(100_000),
      `<title>${"<title>".repeat(70_000)}`,
      "<title>x</title>".repeat(30_000),
      "<meta content=a name=b>".repeat(20_000),
      "\0".repeat(1000),
      "<![CDATA[".repeat(50_000),
    ];
    for (const text of hostile) {
      pages[START] = html(text);
      const started = Date.now();
      const { status } = await ask(START);
      const isSwift = Date.now() - started < 1500;
      expect([text.slice(0, 20), [200, 404].includes(status), isSwift]).toEqual([text.slice(0, 20), true, true]);
    }
  });
});

describe("[PREV-1] redirects", () => {
  it("are followed, relative ones too, as often as they may be and no further", async () => {
    pages[START] = to("/1", 301);
    pages["https://example.com/1"] = to("//example.org/2", 307);
    pages["https://example.org/2"] = to("http://example.net/3", 308);
    pages["http://example.net/3"] = html("<title>There</title>");
    expect((await ask(START)).body).toEqual({ url: START, title: "There" });
    expect(asked).toHaveLength(1 + LIMITS.previewRedirects);
    pages["http://example.net/3"] = to("http://example.net/4", 303);
    pages["http://example.net/4"] = html("<title>Too far</title>");
    expect(await codeOf(START)).toBe("not_found");
    expect(asked).not.toContain("http://example.net/4");
  });

  it.each([
    "http://127.0.0.1/",
    "//127.1/",
    "http://[::1]/",
    "http://2130706433/",
    "http://169.254.169.254/latest/meta-data/",
    "http://localhost/",
    "http://metadata.google.internal/",
    "https://example.com:8443/",
    "https://user:pass@example.com/",
    "file:///etc/passwd",
    "data:text/html,<title>x</title>",
  ])("lead nowhere that a link may not: %s", async (location) => {
    pages[START] = to(location);
    expect(await codeOf(START)).toBe("not_found");
    expect(asked).toEqual([START]);
  });

  it("without an address lead nowhere", async () => {
    pages[START] = () => new Response("<title>x</title>", { status: 302, headers: { "content-type": "text/html" } });
    expect(await codeOf(START)).toBe("not_found");
  });
});

describe("[PREV-1] what cannot be had is not found, whatever the reason", () => {
  const broken: [string, Page][] = [
    ["a host that does not answer", () => Promise.reject(new TypeError("connection refused"))],
    ["a page that is not there", html("<title>404</title>", "text/html", 404)],
    ["a server that fails", html("<title>500</title>", "text/html", 500)],
    ["another type", html("<title>x</title>", "application/json")],
    ["a type that only begins like a page's", html("<title>x</title>", "text/html5")],
    ["no type", () => new Response(new TextEncoder().encode("<title>x</title>"))],
    ["a page that says nothing", html("<p>hello</p>")],
    ["no body", () => new Response(null, { headers: { "content-type": "text/html" } })],
    [
      "a body that breaks off",
      () => {
        const body = new ReadableStream({ start: (c) => c.error(new Error("reset")) });
        return new Response(body, { headers: { "content-type": "text/html" } });
      },
    ],
  ];
  it("with the same answer to the last letter", async () => {
    const answers: [string, unknown][] = [["an address of nobody's business", await ask("http://10.0.0.1/")]];
    for (const [reason, page] of broken) {
      pages[START] = page;
      answers.push([reason, await ask(START)]);
    }
    expect(answers[0]?.[1]).toMatchObject({ status: 404, body: { code: "not_found" } });
    for (const [reason, answer] of answers) expect([reason, answer]).toEqual([reason, answers[0]?.[1]]);
  });
});

describe("[PREV-1] bounds", () => {
  it("reads the beginning of a page without end, and lets go of the rest", async () => {
    let given = 0;
    let cancelled = false;
    const chunk = new Uint8Array(64 * 1024).fill(0x20);
    const head = new TextEncoder().encode("<title>Endless</title>");
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        controller.enqueue(given === 0 ? head : chunk);
        given += given === 0 ? head.length : chunk.length;
      },
      cancel() {
        cancelled = true;
      },
    });
    pages[START] = () => new Response(body, { headers: { "content-type": "text/html" } });
    expect((await ask(START)).body).toEqual({ url: START, title: "Endless" });
    expect(given).toBeLessThanOrEqual(LIMITS.previewPageBytes + 2 * chunk.length);
    expect(cancelled).toBe(true);
  });

  it("does not read what stands beyond them", async () => {
    expect(await previewOf(`${" ".repeat(LIMITS.previewPageBytes)}<title>late</title>`)).toMatchObject({
      code: "not_found",
    });
    const inside = `${" ".repeat(LIMITS.previewPageBytes - 100)}<title>in time</title>`;
    expect(await previewOf(inside)).toEqual({ url: START, title: "in time" });
  });

  it("does not wait for a host or a page that takes longer, redirects counted", { timeout: 20_000 }, async () => {
    const never = new Promise<Response>(() => undefined);
    const drip = () => {
      const body = new ReadableStream<Uint8Array>({
        start: (controller) => controller.enqueue(new TextEncoder().encode("<title>Slow</title>")),
      });
      return new Response(body, { headers: { "content-type": "text/html" } });
    };
    pages = { [START]: () => never, "https://example.org/": drip, "https://example.net/": to("https://example.org/") };
    const started = Date.now();
    const codes = await Promise.all([START, "https://example.org/", "https://example.net/"].map((url) => codeOf(url)));
    expect(codes).toEqual(["not_found", "not_found", "not_found"]);
    const took = Date.now() - started;
    expect(took).toBeGreaterThanOrEqual(LIMITS.previewTimeoutMs - 50);
    expect(took).toBeLessThan(LIMITS.previewTimeoutMs + 2000);
  });

  it("asks the caller's own object, before anything is fetched, and only for what may be fetched", async () => {
    pages[START] = html("<title>x</title>");
    wait = 700;
    const { status, body } = await ask(START);
    expect({ status, body }).toMatchObject({ status: 429, body: { code: "rate_limited", retry_after_ms: 700 } });
    expect(asked).toEqual([]);
    await ask("http://127.0.0.1/");
    expect(taken).toEqual(["ann"]);
  });

  it.each([null, "off", "ON", "true", ""])("is unsupported with LINK_PREVIEWS=%s", async (setting) => {
    expect(await codeOf(START, setting)).toBe("unsupported");
    expect([asked, taken]).toEqual([[], []]);
  });
});
