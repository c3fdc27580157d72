import { expect, test } from "vitest";
import { unique } from "../support/random.ts";
import { until } from "../support/wait.ts";
import { describeBrowser, useStage } from "./browser.ts";
import type { ChatWindow } from "./chat-window.ts";

const RECOVERY_MS = 40_000;
/** Generous: what it was is printed, and a busy machine is not what is tested. */
const START_BAR_MS = 5000;

describeBrowser("without a network", () => {
  const stage = useStage();

  /** Somebody with a conversation, whose browser has the app's files. */
  const settled = async (): Promise<{ ann: ChatWindow; bob: ChatWindow; annName: string; bobName: string }> => {
    const [annName, bobName] = [unique("ann"), unique("bob")];
    const [ann, bob] = await Promise.all([stage.signedIn(annName), stage.signedIn(bobName)]);
    await ann.newDirect(bobName);
    await ann.type("before the tunnel");
    await ann.ticks("before the tunnel", ["sent", "delivered"]);
    await ann.readyForOffline();
    await ann.page.addInitScript(() => {
      new MutationObserver((_changes, observer) => {
        if (document.querySelector("[data-testid=conversation-row]") === null) return;
        performance.mark("list");
        observer.disconnect();
      }).observe(document, { childList: true, subtree: true });
    });
    return { ann, bob, annName, bobName };
  };

  /** From the beginning of the navigation until the list is on the screen. */
  const listMs = async (window: ChatWindow): Promise<number> =>
    await window.page.evaluate(() => performance.getEntriesByName("list")[0]?.startTime ?? Number.POSITIVE_INFINITY);

  test("the app opens from what it keeps, and what is written goes out later", async () => {
    const { ann, bob, bobName } = await settled();
    await ann.page.context().setOffline(true);
    await ann.page.reload();
    await ann.row(bobName).waitFor();
    const ms = await listMs(ann);
    process.stdout.write(`e2e: offline, the list shows ${ms.toFixed(0)} ms after the navigation began\n`);
    expect(ms).toBeLessThan(START_BAR_MS);
    await until("the bar to say so", async () => (await ann.at("connection-bar").innerText()).includes("Offline"));
    await ann.openRow(bobName);
    await ann.message("before the tunnel").waitFor();
    await ann.type("from the tunnel");
    await ann.ticks("from the tunnel", ["pending"]);
    await ann.at("composer").fill("half a sentence");
    await until("the bar to be seen", async () => (await ann.opacityOfBar()) > 0.9);
    await ann.screenshot("offline-pending");
    await ann.page.goto(stage.server.url);
    await until("both in the list", async () => (await ann.row(bobName).innerText()).includes("half a sentence"));
    await ann.screenshot("offline-list");
    await ann.openRow(bobName);
    await ann.ticks("from the tunnel", ["pending"]);
    expect(await ann.at("composer").inputValue()).toBe("half a sentence");
    await ann.page.context().setOffline(false);
    await ann.ticks("from the tunnel", ["sent", "delivered", "read"], RECOVERY_MS);
    await bob.row("from the tunnel").waitFor();
  });

  test("a new tab opens as well, with nobody there to give a token", async () => {
    const { ann, bobName } = await settled();
    const context = ann.page.context();
    await ann.page.close();
    await stage.kill();
    try {
      const again = await stage.window(context);
      await again.row(bobName).waitFor();
      await again.openRow(bobName);
      await again.message("before the tunnel").waitFor();
      await stage.raise();
      await until("to be online", async () => (await again.connection()) === "online", RECOVERY_MS);
    } finally {
      if (!(await stage.isUp())) await stage.raise();
    }
  });
});
