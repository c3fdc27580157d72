import { expect, test } from "vitest";
import { unique } from "../support/random.ts";
import { until } from "../support/wait.ts";
import { describeBrowser, useStage } from "./browser.ts";
import type { ChatWindow } from "./chat-window.ts";

describeBrowser("groups", () => {
  const stage = useStage();

  /** People with a window each, in the order of their names. */
  const people = async (...names: string[]): Promise<[string[], ChatWindow[]]> => {
    const ids = names.map((name) => unique(name));
    return [ids, await Promise.all(ids.map((id) => stage.signedIn(id)))];
  };

  test("[MEMB-1] [ROLE-2] adding, roles, a new name: everybody sees it at once, as lines between the messages", async () => {
    const [[annName = "", bobName = "", carlName = ""], [ann, bob, carl]] = await people("ann", "bob", "carl");
    if (ann === undefined || bob === undefined || carl === undefined) throw new Error("no windows");
    await ann.newGroup("Walkers", [bobName]);
    await bob.openRow("Walkers");
    await bob.event(`${annName} created the group`).waitFor();
    await ann.openInfo();
    await ann.at("add-people").click();
    await ann.at("add-member").fill(carlName);
    await ann.at("add-submit").click();
    await ann.member(carlName).waitFor();
    await bob.event(`${annName} added ${carlName}`).waitFor();
    await carl.openRow("Walkers");

    await ann.chooseMember(bobName, "make-admin");
    await ann.member(bobName).filter({ hasText: "Admin" }).waitFor();
    await bob.event(`${annName} made you an admin`).waitFor();
    await bob.openInfo();
    await bob.at("info-rename").click();
    await bob.at("info-name").fill("Night walkers");
    await bob.at("info-save").click();
    await carl.event(`${bobName} changed the name to “Night walkers”`).waitFor();
    await carl.row("Night walkers").waitFor();

    // A plain member is offered nothing that he may not do.
    await carl.openInfo();
    await carl.member(annName).waitFor();
    for (const testId of ["info-rename", "add-people", "invite-new"]) expect(await carl.at(testId).count()).toBe(0);
    expect(await carl.at("setting-write").isDisabled()).toBe(true);
    await carl.member(annName).getByTestId("member-menu").click();
    expect(await carl.page.locator("[data-testid=member-actions] [role=menuitem]").count()).toBe(1);
    await carl.page.keyboard.press("Escape");

    await ann.chooseMember(bobName, "dismiss-admin");
    await bob.event(`${annName} made you a member`).waitFor();
    await until("bob to lose the right", async () => (await bob.at("info-rename").count()) === 0);
    await ann.screenshot("group-info");
    await carl.screenshot("group-info-member");
  });

  test("[MEMB-7] who is removed receives nothing more, and is told so", async () => {
    const [[, bobName = "", carlName = ""], [ann, bob, carl]] = await people("ann", "bob", "carl");
    if (ann === undefined || bob === undefined || carl === undefined) throw new Error("no windows");
    await ann.newGroup("Secrets", [bobName, carlName]);
    await ann.type("for all of us");
    await bob.openRow("Secrets");
    await bob.message("for all of us").waitFor();
    await ann.openInfo();
    await ann.chooseMember(bobName, "remove");
    await ann.at("confirm").click();
    await bob.at("left-banner").waitFor();
    expect(await bob.at("composer").count()).toBe(0);
    await ann.type("without bob");
    await carl.openRow("Secrets");
    await carl.message("without bob").waitFor();
    await carl.type("carl agrees");
    await ann.message("carl agrees").waitFor();
    expect(await bob.texts(/without bob|carl agrees/)).toEqual([]);
    expect(await bob.message("for all of us").count()).toBe(1);
    await bob.screenshot("group-removed");
    await bob.page.reload();
    await bob.row("Secrets").click();
    await bob.at("left-banner").waitFor();
    expect(await bob.texts(/without bob|carl agrees/)).toEqual([]);
  });

  test("[CONV-3] an image file becomes the group's picture, small enough to travel in its address", async () => {
    const [[annName = "", bobName = ""], [ann, bob]] = await people("ann", "bob");
    if (ann === undefined || bob === undefined) throw new Error("no windows");
    await ann.newGroup("Portraits", [bobName]);
    await bob.row("Portraits").waitFor();
    const image = await ann.page.evaluate(() => {
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [640, 400];
      const context = canvas.getContext("2d");
      // As hard to make small as a photograph is.
      for (let x = 0; x < 640; x += 8) {
        for (let y = 0; y < 400; y += 8) {
          if (context === null) continue;
          context.fillStyle = `hsl(${(x * 7 + y * 13) % 360} 60% ${30 + ((x * y) % 40)}%)`;
          context.fillRect(x, y, 8, 8);
        }
      }
      return canvas.toDataURL("image/png").split(",")[1] ?? "";
    });
    await ann.openInfo();
    await ann.at("info-rename").click();
    await ann.at("picture-file").setInputFiles({
      name: "notes.txt",
      mimeType: "text/plain",
      buffer: Buffer.from("not an image"),
    });
    await ann.page.getByText("not an image that this browser can read").waitFor();
    const buffer = Buffer.from(image, "base64");
    await ann.at("picture-file").setInputFiles({ name: "hill.png", mimeType: "image/png", buffer });
    await ann.page.locator(".panel .avatar-large img").waitFor();
    await ann.at("info-save").click();
    await bob.row("Portraits").locator("img").waitFor();
    const address = (await bob.row("Portraits").locator("img").getAttribute("src")) ?? "";
    expect(address).toMatch(/^data:image\/(?:webp|jpeg);base64,/);
    expect(address.length).toBeLessThanOrEqual(2048);
    await bob.openRow("Portraits");
    await bob.event(`${annName} changed the picture`).waitFor();
    await bob.screenshot("picture");
  });

  test("[ROLE-5] leaving: the group goes on, and the oldest member inherits it", async () => {
    const [[annName = "", bobName = ""], [ann, bob]] = await people("ann", "bob");
    if (ann === undefined || bob === undefined) throw new Error("no windows");
    await ann.newGroup("Passing on", [bobName]);
    await bob.openRow("Passing on");
    await ann.openInfo();
    await ann.at("leave").click();
    await ann.at("confirm").click();
    await ann.at("left-banner").waitFor();
    await bob.event(`${annName} left`).waitFor();
    await bob.openInfo();
    await bob.at("info-rename").waitFor();
    await bob.member(bobName).filter({ hasText: "Owner" }).waitFor();
  });

  test("[INV-1] a link lets in whoever has it, until it is used up or revoked", async () => {
    const [[, bobName = ""], [ann, bob]] = await people("ann", "bob");
    if (ann === undefined || bob === undefined) throw new Error("no windows");
    await ann.newGroup("Open house", [unique("zoe")]);
    await ann.openInfo();
    await ann.at("invite-uses").selectOption("1");
    await ann.at("invite-new").click();
    const token = await ann.at("invite").getAttribute("data-token");
    const address = `${stage.server.url}/#/join/${token}`;
    await bob.page.goto(address);
    await bob.page.reload();
    await bob.at("join-submit").waitFor();
    expect(await bob.at("join-name").innerText()).toBe("Open house");
    expect(await bob.at("join-size").innerText()).toBe("2 members");
    await bob.screenshot("join");
    await bob.at("join-submit").click();
    await bob.at("composer").waitFor();
    await bob.type("let me in, they said");
    await ann.event(`${bobName} joined by an invite link`).waitFor();
    await ann.message("let me in, they said").waitFor();

    const carl = await stage.window();
    await carl.page.goto(address);
    await carl.page.reload();
    await carl.signIn(unique("carl"));
    await until("the refusal", async () => (await carl.at("join-problem").innerText()).includes("does not work"));

    await ann.at("invite-uses").selectOption("0");
    await ann.at("invite-new").click();
    const second = ann.page.locator(`[data-testid=invite]:not([data-token="${token}"])`);
    const revoked = await second.getAttribute("data-token");
    await second.getByTestId("invite-revoke").click();
    await second.waitFor({ state: "detached" });
    await carl.page.goto(`${stage.server.url}/#/join/${revoked}`);
    await carl.page.reload();
    await until("the refusal", async () => (await carl.at("join-problem").innerText()).includes("does not work"));
    expect(await carl.at("join-submit").count()).toBe(0);
  });

  test("[ROLE-3] settings: only admins write, and everybody else sees why not", async () => {
    const [[annName = "", bobName = ""], [ann, bob]] = await people("ann", "bob");
    if (ann === undefined || bob === undefined) throw new Error("no windows");
    await ann.newGroup("Town crier", [bobName]);
    await bob.openRow("Town crier");
    await ann.openInfo();
    await ann.at("setting-write").selectOption("admins");
    await bob.at("read-only").waitFor();
    await bob.event(`${annName} changed: Who may write – Admins only`).waitFor();
    await ann.type("hear ye");
    await bob.message("hear ye").waitFor();
    expect(await bob.offered("hear ye")).not.toContain("reply");
    // To react takes no right to write.
    await bob.message("hear ye").click({ button: "right" });
    await bob.at("quick-emoji").first().click();
    await ann.message("hear ye").getByTestId("reaction").waitFor();
    await ann.at("setting-write").selectOption("everyone");
    await bob.at("composer").waitFor();
  });

  test("[CHAN-1] a channel: its owner writes, subscribers read and see how many they are", async () => {
    const [[, bobName = ""], [ann, bob]] = await people("ann", "bob");
    if (ann === undefined || bob === undefined) throw new Error("no windows");
    await ann.newGroup("Release notes", [bobName], "channel");
    await ann.type("Version one is out");
    await bob.row("Release notes").click();
    await bob.message("Version one is out").waitFor();
    await bob.at("read-only").waitFor();
    expect(await bob.at("composer").count()).toBe(0);
    await bob.message("Version one is out").click({ button: "right" });
    await bob.at("message-menu").waitFor();
    expect(await bob.at("quick-emoji").count()).toBe(0);
    await bob.page.keyboard.press("Escape");
    await ann.type("And version two");
    await bob.message("And version two").waitFor();
    await until("both to be counted", async () => (await bob.at("head").innerText()).includes("2 subscribers"));
    await bob.openInfo();
    expect(await bob.at("member").count()).toBe(0);
    await bob.screenshot("channel-subscriber");
    await ann.openInfo();
    await ann.member(bobName).waitFor();
    await ann.screenshot("channel-owner");
  });
});
