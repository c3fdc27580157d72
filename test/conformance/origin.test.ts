import { expect, test } from "vitest";
import { UpgradeRefused } from "../support/session.ts";
import { describeOwn, useServer } from "../support/target.ts";

describeOwn("origins", () => {
  const target = useServer({ env: { ALLOWED_ORIGINS: "https://app.example.org,http://localhost:5173" } });

  const upgrade = async (origin: string | undefined): Promise<number> => {
    const ann = await target.person("ann");
    try {
      await (await ann.connect(origin === undefined ? {} : { origin })).close();
      return 101;
    } catch (error) {
      if (!(error instanceof UpgradeRefused)) throw error;
      return error.status;
    }
  };

  test("[AUTH-8] no origin, the server's own and the listed ones are let in", async () => {
    const origins = [undefined, target.base, "https://app.example.org", "http://localhost:5173"];
    for (const origin of origins) expect(await upgrade(origin), String(origin)).toBe(101);
  });

  test.each([
    "https://evil.example.org",
    "http://app.example.org",
    "https://app.example.org:8443",
    "https://app.example.org.evil.net",
    "https://xapp.example.org",
    "http://localhost",
    "null",
    "file://",
  ])("[AUTH-8] the origin %s is refused with 403 on the upgrade", async (origin) => {
    expect(await upgrade(origin)).toBe(403);
  });

  test("[AUTH-8] the origin is judged whatever token comes with it", async () => {
    const outcome: unknown = await target
      .open({ token: "nonsense", origin: "https://evil.example.org" })
      .catch((error: unknown) => error);
    expect(outcome).toBeInstanceOf(UpgradeRefused);
    expect([401, 403]).toContain((outcome as UpgradeRefused).status);
  });
});
