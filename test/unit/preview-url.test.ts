import { describe, expect, it } from "vitest";
import { publicUrl } from "../../src/worker/preview/public-url.ts";

const hrefOf = (text: string, base?: string): string | undefined =>
  publicUrl(text, base === undefined ? undefined : new URL(base))?.href;

describe("[PREV-1] addresses that a preview may be fetched from", () => {
  it.each([
    ["https://example.com", "https://example.com/"],
    ["http://example.com:80/a?b=c#d", "http://example.com/a?b=c"],
    ["HTTPS://EXAMPLE.COM:443/", "https://example.com/"],
    ["https://xn--bcher-kva.example.org/", "https://xn--bcher-kva.example.org/"],
    ["https://bücher.example.org/ä", "https://xn--bcher-kva.example.org/%C3%A4"],
    ["https://例え.テスト.jp/", "https://xn--r8jz45g.xn--zckzah.jp/"],
    ["https://my_host.example.co.uk/", "https://my_host.example.co.uk/"],
    ["https://1.2.3.4.example.com/", "https://1.2.3.4.example.com/"],
    ["https://localhost.example.com/", "https://localhost.example.com/"],
  ])("%s", (text, href) => {
    expect(hrefOf(text)).toBe(href);
  });

  const hostile: [string, readonly string[]][] = [
    [
      "IPv4 in any spelling",
      [
        "http://127.0.0.1/",
        "http://127.0.0.1./",
        "http://127.1/",
        "http://127.0.1/",
        "http://2130706433/",
        "http://017700000001/",
        "http://0177.0.0.1/",
        "http://0x7f000001/",
        "http://0x7f.0.0.1/",
        "http://0X7F.1/",
        "http://0/",
        "http://0.0.0.0/",
        "http://%31%32%37%2e0.0.1/",
        "http://127。0。0。1/",
        "http://１２７.０.０.１/",
        "http://①②⑦.⓪.⓪.①/",
        "http://169.254.169.254/latest/meta-data/",
        "http://0xa9fea9fe/",
        "http://10.0.0.1/",
        "http://93.184.216.34/",
        "http://1.2.3.4.5/",
        "http://a.0x1/",
        "http://example.1/",
      ],
    ],
    [
      "IPv6 in any spelling",
      [
        "http://[::1]/",
        "http://[0:0:0:0:0:0:0:1]/",
        "http://[::]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:7f00:1]/",
        "http://[64:ff9b::7f00:1]/",
        "http://[fd00:ec2::254]/",
        "http://[fe80::1%25eth0]/",
        "http://[2606:4700::1111]/",
        "http://::1/",
      ],
    ],
    [
      "names that are not of the public DNS",
      [
        "http://localhost/",
        "http://LOCALHOST/",
        "http://localhost./",
        "http://loc%61lhost/",
        "http://ｌｏｃａｌｈｏｓｔ/",
        "http://app.localhost/",
        "http://printer.local/",
        "http://printer.local./",
        "http://metadata.google.internal/",
        "http://metadata/",
        "http://router.lan/",
        "http://nas.home.arpa/",
        "http://1.0.0.127.in-addr.arpa/",
        "http://wiki.corp/",
        "http://intranet/",
        "http://hidden.onion/",
        "http://server.test/",
        "http://example.com./",
        "http://example..com/",
        "http://.example.com/",
        "http://-a.example.com/",
        "http://a.b-/",
        "http://exam$ple.com/",
        "http://a'b.example.com/",
        `http://${"a".repeat(64)}.com/`,
        `http://${"a.".repeat(126)}com/`,
      ],
    ],
    [
      "other schemes",
      [
        "ftp://example.com/",
        "file:///etc/passwd",
        "gopher://example.com/",
        "data:text/html,<title>x</title>",
        "javascript:alert(1)",
        "ws://example.com/",
        "blob:https://example.com/x",
        "view-source:https://example.com/",
        "unix:/run/docker.sock",
      ],
    ],
    [
      "other ports",
      [
        "http://example.com:8080/",
        "http://example.com:443/",
        "https://example.com:80/",
        "http://example.com:22/",
        "http://example.com:0/",
      ],
    ],
    [
      "credentials",
      [
        "http://user@example.com/",
        "http://user:pass@example.com/",
        "http://:pass@example.com/",
        "http://example.com@127.0.0.1/",
        "http://127.0.0.1#@example.com/",
        "http://127.0.0.1\\@example.com/",
        "http://example.com%40127.0.0.1@127.0.0.1/",
      ],
    ],
    [
      "what is no address",
      ["", " ", "example.com", "//example.com/", "/path", "https://", "http:///", "https://exa mple.com/", "http://[/"],
    ],
  ];
  describe.each(hostile)("are not: %s", (_title, texts) => {
    it.each(texts)("%j", (text) => {
      expect(hrefOf(text)).toBeUndefined();
    });
  });

  it("are judged by what an address is, not by how it is written", () => {
    expect(hrefOf("http:\\\\127.0.0.1\\")).toBeUndefined();
    expect(hrefOf("ht\ntp://127.0.\t0.1/")).toBeUndefined();
    expect(hrefOf("  https://example.com/  ")).toBe("https://example.com/");
  });

  it("hold for where a redirect leads, relative or not", () => {
    expect(hrefOf("/b", "https://example.com/a")).toBe("https://example.com/b");
    expect(hrefOf("//example.org/b", "https://example.com/a")).toBe("https://example.org/b");
    expect(hrefOf("//127.0.0.1/", "https://example.com/a")).toBeUndefined();
    expect(hrefOf("//localhost/", "https://example.com/a")).toBeUndefined();
    expect(hrefOf("http:127.0.0.1", "https://example.com/a")).toBeUndefined();
  });
});
