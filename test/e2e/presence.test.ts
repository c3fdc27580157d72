import { expect, test } from "vitest";
import { unique } from "../support/random.ts";
import { until } from "../support/wait.ts";
import { describeBrowser, useStage } from "./browser.ts";
import type { ChatWindow } from "./chat-window.ts";

/** Nobody is called gone before ten seconds without a connection. */
const GONE_MS = 25_000;

describeBrowser("who is there", () => {
  const stage = useStage();

  const note = async (window: ChatWindow): Promise<string> => await window.at("head-note").innerText();

  test("[PRES-1] online with a dot, last seen when gone, and nothing of whoever hides it", async () => {
    const [annName, bobName] = [unique("ann"), unique("bob")];
    const [ann, bob] = [await stage.signedIn(annName), await stage.signedIn(bobName)];
    await ann.newDirect(bobName);
    await ann.type("Are you there?");
    await until("online in the head", async () => (await note(ann)) === "online");
    await ann.row(bobName).getByTestId("online").waitFor();
    await ann.screenshot("online");
    const context = bob.page.context();
    await bob.page.close();
    await until("gone, and since when", async () => (await note(ann)).startsWith("last seen today at "), GONE_MS);
    expect(await ann.row(bobName).getByTestId("online").count()).toBe(0);
    await ann.screenshot("last-seen");
    const again = await stage.window(context);
    await until("back", async () => (await note(ann)) === "online");
    await again.openSettings("privacy");
    await again.at("privacy-last_seen").selectOption("nobody");
    await until("nothing to see", async () => (await note(ann)) === "");
    await again.openRow(annName);
    await again.message("Are you there?").waitFor();
    expect(await note(again)).toBe("");
  });

  test("who types is named in a group, in its head and in the list", async () => {
    const [annName, bobName] = [unique("ann"), unique("bob")];
    const [ann, bob] = [await stage.signedIn(annName), await stage.signedIn(bobName)];
    await ann.newGroup("Choir", [bobName]);
    await bob.openRow("Choir");
    await bob.at("composer").pressSequentially("la la");
    await ann.page
      .locator(".head-typing")
      .filter({ hasText: `${bobName} is typing…` })
      .waitFor();
    expect(await ann.row("Choir").innerText()).toContain(`${bobName} is typing…`);
    await ann.screenshot("typing");
    await bob.type("la la la");
    await until("the end of it", async () => (await ann.page.locator(".head-typing").count()) === 0);
  });
});
