import { expect, test } from "vitest";
import { unique } from "../support/random.ts";
import { until } from "../support/wait.ts";
import { describeBrowser, useStage } from "./browser.ts";

describeBrowser("several tabs of one browser", () => {
  const stage = useStage();

  test("are one device: what happens in one shows in the other, also when the one that leads is closed", async () => {
    const [annName, bobName] = [unique("ann"), unique("bob")];
    const [first, bob] = [await stage.signedIn(annName), await stage.signedIn(bobName)];
    await first.newDirect(bobName);
    await first.type("from the first tab");
    const second = await stage.window(first.page.context());
    await second.openRow(bobName);
    await second.message("from the first tab").waitFor();
    await second.type("from the second tab");
    await first.message("from the second tab").waitFor();
    await first.ticks("from the second tab", ["sent", "delivered"]);
    await second.openSettings("devices");
    await until("one device", async () => (await second.at("device").count()) === 1);
    await first.page.close();
    await second.openRow(bobName);
    await second.type("and goes on alone");
    await second.ticks("and goes on alone", ["sent", "delivered"]);
    await bob.openRow(annName);
    await bob.message("and goes on alone").waitFor();
    expect(await bob.texts(/from the \w+ tab|and goes on alone/)).toEqual([
      "from the first tab",
      "from the second tab",
      "and goes on alone",
    ]);
  });

  test("signing out in one signs all of them out, and says so", async () => {
    const first = await stage.signedIn(unique("ann"));
    const second = await stage.window(first.page.context());
    await second.openSettings();
    await second.at("sign-out").click();
    await second.at("signin-name").waitFor();
    await first.at("stopped").waitFor();
    expect(await first.at("stopped").getAttribute("data-reason")).toBe("destroyed");
    await first.at("stopped").getByRole("button").click();
    await first.at("signin-name").waitFor();
  });

  test("one of them can be somebody else, and the other stays who it was", async () => {
    const [annName, bobName] = [unique("ann"), unique("bob")];
    const first = await stage.signedIn(annName);
    const second = await stage.window(first.page.context());
    await second.openSettings();
    await second.at("other-person").click();
    await second.signIn(bobName);
    await first.newDirect(bobName);
    await first.type("Are you in there?");
    await second.row("Are you in there?").waitFor();
    await first.page.reload();
    await first.openRow(bobName);
    await first.ticks("Are you in there?", ["delivered"]);
  });
});
