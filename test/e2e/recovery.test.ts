import { expect, test } from "vitest";
import { unique } from "../support/random.ts";
import { until } from "../support/wait.ts";
import { describeBrowser, useStage } from "./browser.ts";
import type { ChatWindow } from "./chat-window.ts";

const RECOVERY_MS = 40_000;

const shownOnce = async (window: ChatWindow, text: string): Promise<void> => {
  await window.message(text).first().waitFor({ timeout: RECOVERY_MS });
  expect(await window.message(text).count()).toBe(1);
};

describeBrowser("when things break", () => {
  const stage = useStage();

  const pair = async (): Promise<{ ann: ChatWindow; bob: ChatWindow; annName: string; bobName: string }> => {
    const [annName, bobName] = [unique("ann"), unique("bob")];
    const [ann, bob] = await Promise.all([stage.signedIn(annName), stage.signedIn(bobName)]);
    await ann.newDirect(bobName);
    await ann.type("first");
    await bob.openRow(annName);
    await ann.ticks("first", ["read"]);
    return { ann, bob, annName, bobName };
  };

  test("[DLV-1] the server is killed and comes back: what was typed in between arrives exactly once", async () => {
    const { ann, bob } = await pair();
    await stage.kill();
    await until(
      "both to notice",
      async () => {
        const states = [await ann.connection(), await bob.connection()];
        return states.every((state) => state !== undefined && state !== "online");
      },
      20_000,
    );
    await ann.type("typed while it was dead");
    await ann.ticks("typed while it was dead", ["pending"]);
    await bob.type("me too");
    await until("the bar to be seen", async () => (await ann.opacityOfBar()) > 0.9);
    await ann.screenshot("killed");
    await stage.raise();
    await ann.ticks("typed while it was dead", ["sent", "delivered", "read"], RECOVERY_MS);
    await shownOnce(bob, "typed while it was dead");
    await shownOnce(ann, "me too");
    await shownOnce(ann, "typed while it was dead");
    await ann.ticks("typed while it was dead", ["read"], RECOVERY_MS);
    await bob.ticks("me too", ["read"], RECOVERY_MS);
    await ann.type("and it goes on");
    await shownOnce(bob, "and it goes on");
    await until("the bar to say online", async () => ["online", undefined].includes(await ann.connection()));
    await until("the bar to go", async () => (await ann.opacityOfBar()) === 0);
    await ann.screenshot("recovered");
  });

  test("[IDEM-1] a reload in the middle of sending: the message arrives exactly once", async () => {
    const { ann, bob, bobName } = await pair();
    for (let i = 0; i < 3; i++) {
      await ann.type(`just before the reload ${i}`);
      await ann.page.reload();
      await ann.openRow(bobName);
    }
    for (let i = 0; i < 3; i++) {
      const text = `just before the reload ${i}`;
      await ann.ticks(text, ["sent", "delivered", "read"], RECOVERY_MS);
      await shownOnce(bob, text);
      await shownOnce(ann, text);
    }
    expect(await bob.texts(/just before the reload \d/)).toEqual([0, 1, 2].map((i) => `just before the reload ${i}`));
  });

  test("[IDEM-1] a reload while the server does not answer: the outbox keeps the message", async () => {
    const { ann, bob, bobName } = await pair();
    process.kill(stage.server.pid, "SIGSTOP");
    try {
      await ann.type("into the silence");
      await ann.ticks("into the silence", ["pending"]);
      const reloaded = ann.page.reload();
      process.kill(stage.server.pid, "SIGCONT");
      await reloaded;
    } finally {
      process.kill(stage.server.pid, "SIGCONT");
    }
    await ann.openRow(bobName);
    await ann.ticks("into the silence", ["sent", "delivered", "read"], RECOVERY_MS);
    await shownOnce(bob, "into the silence");
    await shownOnce(ann, "into the silence");
  });

  test("[DLV-3] a window that was closed has everything when it is opened again", async () => {
    const { ann, bob, annName, bobName } = await pair();
    const context = bob.page.context();
    await bob.page.close();
    for (let i = 0; i < 5; i++) await ann.type(`while you were out ${i}`);
    await ann.ticks("while you were out 4", ["sent"]);
    const again = await stage.window(context);
    const isAt = async (testId: string): Promise<boolean> => (await again.at(testId).count()) > 0;
    await until("the app", async () => (await isAt("new-direct")) || (await isAt("signin-name")));
    if (await isAt("signin-name")) await again.signIn(bobName);
    await again.openRow(annName);
    await again.message("while you were out 4").waitFor();
    expect(await again.texts(/while you were out \d/)).toEqual([0, 1, 2, 3, 4].map((i) => `while you were out ${i}`));
  });
});
