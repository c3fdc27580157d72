import { describe, expect, it } from "vitest";
import { LIMITS } from "../../src/shared/limits.ts";
import { useServer } from "../support/target.ts";

describe("[PREV-1] previews of one person", () => {
  const target = useServer({ env: { LINK_PREVIEWS: "on" } });
  // A name that nobody can have: whether there is a network or not, it is not found.
  const query = { url: "https://no-such-host.example.com/" };

  it("are limited, and nobody else's are", async () => {
    const [ann, bob] = await Promise.all([target.person("ann"), target.person("bob")]);
    const many = Array.from({ length: 3 * LIMITS.previewBurst }, () => ann.rest.refused("linkPreview", { query }));
    const problems = await Promise.all(many);
    const limited = problems.filter(({ code }) => code === "rate_limited");
    expect(limited.length).toBeGreaterThanOrEqual(LIMITS.previewBurst);
    for (const { retry_after_ms } of limited) expect(retry_after_ms).toBeGreaterThan(0);
    expect(problems.filter(({ code }) => code === "not_found").length).toBe(problems.length - limited.length);
    expect(problems.length - limited.length).toBeGreaterThanOrEqual(LIMITS.previewBurst);
    expect(await bob.rest.refused("linkPreview", { query })).toMatchObject({ code: "not_found" });
  });
});
