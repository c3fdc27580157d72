import { describe, expect, it } from "vitest";
import { readSettings, SettingsError } from "../../scripts/settings.ts";
import { secretsOf, workerdConfig } from "../../scripts/workerd-config.ts";
import { archiveErrorOf } from "../../src/platform/archive/database-error.ts";
import { readArchiveUrl } from "../../src/platform/archive/archive-url.ts";

const PATHS = {
  workerModule: "../w.js",
  assetsModule: "../a.js",
  webDir: "/srv/web",
  objectsDir: "/srv/data/objects",
  blobsDir: "/srv/data/blobs",
};
const FAR = "mysql://us%40er:pscale_pw_x%2Fy@aws.connect.psdb.cloud/parley?ssl=x";
const NEAR = "http://user:pscale_pw_z@127.0.0.1:18190/parley";

describe("the settings of the archive", () => {
  it("are a secret for all regions, and one for a single region", () => {
    const settings = readSettings({
      REGIONS: "eu,us",
      ARCHIVE_URL: FAR,
      ARCHIVE_URL_US: ` ${NEAR} `,
      ARCHIVE_URL_EU: "",
    });
    expect(secretsOf(settings)).toMatchObject({ ARCHIVE_URL: FAR, ARCHIVE_URL_US: NEAR });
    const config = workerdConfig(settings, PATHS);
    expect(config).toContain(`(name = "ARCHIVE_URL_US", fromEnvironment = "ARCHIVE_URL_US")`);
    expect(config).not.toContain("pscale");
    expect(config).not.toContain("ARCHIVE_URL_EU");
  });

  it("open the way to this machine only where a URL leads there", () => {
    const networkOf = (env: Record<string, string>): string | undefined =>
      /name = "archive", network = \(allow = (\[.*?\])/.exec(workerdConfig(readSettings(env), PATHS))?.[1];
    expect(networkOf({})).toBe(`["public"]`);
    expect(networkOf({ ARCHIVE_URL: FAR })).toBe(`["public"]`);
    expect(networkOf({ ARCHIVE_URL: NEAR })).toBe(`["public", "local"]`);
  });

  it.each([
    [{ ARCHIVE_URL: "parley" }, /ARCHIVE_URL: it is not a URL/],
    [{ ARCHIVE_URL: "postgres://u:p@host/db" }, /ARCHIVE_URL: it must begin with mysql: or https:/],
    [{ ARCHIVE_URL: "http://u:p@db.example.com/db" }, /ARCHIVE_URL: http: is for this machine only/],
    [{ ARCHIVE_URL: "mysql://db.example.com/db" }, /ARCHIVE_URL: it needs a user and a password/],
    [{ ARCHIVE_URL: "mysql://u:%zz@db.example.com/db" }, /ARCHIVE_URL: its user or password is not escaped/],
    [{ REGIONS: "eu,us", ARCHIVE_URL_APAC: FAR }, /ARCHIVE_URL_APAC: it is about no region/],
    [{ COLD_DAYS: "0" }, /COLD_DAYS/],
  ])("refuse %j", (env: Record<string, string>, reason) => {
    expect(() => readSettings(env)).toThrow(SettingsError);
    expect(() => readSettings(env)).toThrow(reason);
  });

  it("take PlanetScale's connection string as it is, and speak TLS", () => {
    expect(readArchiveUrl(FAR)).toEqual({
      origin: "https://aws.connect.psdb.cloud",
      username: "us@er",
      password: "pscale_pw_x/y",
      onThisMachine: false,
    });
    expect(readArchiveUrl("https://u:p@db.example.com:8443")).toMatchObject({ origin: "https://db.example.com:8443" });
    expect(readArchiveUrl(NEAR)).toMatchObject({ origin: "http://127.0.0.1:18190", onThisMachine: true });
  });

  it("say how long months stay in the table", () => {
    expect(workerdConfig(readSettings({ COLD_DAYS: "90" }), PATHS)).toContain(`(name = "COLD_DAYS", text = "90")`);
    expect(workerdConfig(readSettings({}), PATHS)).not.toContain("COLD_DAYS");
  });
});

describe("what a database says", () => {
  const sqlError = (message: string, code = "UNKNOWN"): unknown =>
    Object.assign(new Error(message), { status: 400, body: { code, message } });
  const vitess = (code: string, text: string): unknown =>
    sqlError(
      `target: parley.-.primary: vttablet: rpc error: code = ${code} desc = ${text} (CallerID: x): Sql: "insert"`,
    );

  it.each([
    ["a connection that breaks", new TypeError("fetch failed"), "no answer (TypeError)"],
    ["a time-out", Object.assign(new Error("aborted"), { name: "TimeoutError" }), "no answer (TimeoutError)"],
    ["a service that is busy", Object.assign(new Error("x"), { status: 503 }), "HTTP 503"],
    ["one that asks for patience", Object.assign(new Error("x"), { status: 429 }), "HTTP 429"],
    ["a deadlock", vitess("Aborted", "Deadlock found (errno 1213) (sqlstate 40001)"), "error 1213"],
    ["a lock wait", vitess("Unknown", "Lock wait timeout exceeded (errno 1205)"), "error 1205"],
    ["a tablet that ended the transaction", vitess("Aborted", "transaction 17: ended"), "error UNKNOWN"],
    [
      "no primary",
      sqlError("target: parley.-.primary: primary is not serving, there may be a reparent"),
      "error UNKNOWN",
    ],
    ["a code that says so", sqlError("busy", "RESOURCE_EXHAUSTED"), "error RESOURCE_EXHAUSTED"],
    ["what an ORM wraps", new Error("Failed query: secret", { cause: vitess("Unavailable", "x") }), "error UNKNOWN"],
  ])("is worth another try after %s", (_what, error, reason) => {
    expect(archiveErrorOf(error)).toMatchObject({ transient: true, message: `unable to reach the archive; ${reason}` });
  });

  it.each([
    [
      "a wrong statement",
      vitess("InvalidArgument", "You have an error near 'code = Aborted' (errno 1064)"),
      "error 1064",
    ],
    ["a missing table", vitess("NotFound", "table entries doesn't exist (errno 1146)"), "error 1146"],
    ["text that only looks like it", sqlError(`bad value "code = Unavailable"`), "error UNKNOWN"],
    ["a wrong password", Object.assign(new Error("x"), { status: 401 }), "HTTP 401"],
  ])("is not after %s", (_what, error, reason) => {
    expect(archiveErrorOf(error)).toMatchObject({
      transient: false,
      message: `unable to reach the archive; ${reason}`,
    });
  });
});
