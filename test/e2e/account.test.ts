import { expect, test } from "vitest";
import { unique } from "../support/random.ts";
import { until } from "../support/wait.ts";
import { describeBrowser, useStage } from "./browser.ts";
import type { ChatWindow } from "./chat-window.ts";

/** A username that nobody has yet. */
const handle = (name: string): string => unique(name).replaceAll("-", "_");

describeBrowser("the account", () => {
  const stage = useStage();

  const nameOneself = async (window: ChatWindow, name: string, username: string): Promise<void> => {
    await window.openSettings("profile");
    await window.at("profile-name").fill(name);
    await window.at("profile-username").fill(username);
    await window.at("profile-save").click();
    await window.at("toast").filter({ hasText: "Saved" }).waitFor();
  };

  test("[DEV-1] a device that is removed is signed out at once, and keeps nothing", async () => {
    const annName = unique("ann");
    const [ann, other] = [await stage.signedIn(annName), await stage.signedIn(annName)];
    await other.newDirect(unique("bob"));
    await ann.openSettings("devices");
    await until("both", async () => (await ann.at("device").count()) === 2);
    expect(await ann.at("own-device").getByTestId("device").innerText()).toMatch(/Chrome on Linux[^]*active now/);
    await ann.screenshot("devices");
    await ann.at("device-remove").click();
    await ann.at("confirm").click();
    await other.at("stopped").waitFor();
    expect(await other.at("stopped").getAttribute("data-reason")).toBe("removed");
    await until("one left", async () => (await ann.at("device").count()) === 1);
    await other.screenshot("removed");
    const kept = async (): Promise<string[]> => await other.page.evaluate(() => Object.keys(localStorage));
    await until("nothing of hers", async () => !(await kept()).some((key) => key.includes("device")));
    await other.at("stopped").getByRole("button").click();
    await other.at("signin-name").waitFor();
    // Signed in anew it is another device, and a good one.
    await other.signIn(annName);
    await until("online again", async () => (await other.connection()) === "online");
    await ann.closePanel();
    await ann.at("settings-devices").click();
    await ann.at("remove-others").click();
    await ann.at("confirm").click();
    await other.at("stopped").waitFor();
    await until("alone", async () => (await ann.at("device").count()) === 1);
  });

  test("signing out takes the device off the account", async () => {
    const annName = unique("ann");
    const [ann, other] = [await stage.signedIn(annName), await stage.signedIn(annName)];
    await until("online", async () => (await other.connection()) === "online");
    await other.openSettings();
    await other.at("sign-out").click();
    await other.at("signin-name").waitFor();
    await ann.openSettings("devices");
    await until("one device", async () => {
      const count = await ann.at("device").count();
      if (count === 2) {
        await ann.closePanel();
        await ann.at("settings-devices").click();
      }
      return count === 1;
    });
  });

  test("[USER-1] a name shows wherever its owner is spoken of, and leads to him by @username", async () => {
    const [annName, bobName, carlName] = [unique("ann"), unique("bob"), unique("carl")];
    const username = handle("bob");
    const [ann, bob] = [await stage.signedIn(annName), await stage.signedIn(bobName)];
    await nameOneself(bob, "Bob Builder", username);
    await ann.newDirectTo(`@${username}`, "Bob Builder");
    await ann.type("Is it you?");
    await ann.ticks("Is it you?", ["sent", "delivered"]);
    expect(await ann.row("Bob Builder").count()).toBe(1);
    await ann.newGroup("Site", [bobName, carlName]);
    await ann.openInfo();
    await ann.member("Bob Builder").waitFor();
    await ann.chooseMember(carlName, "make-admin");
    await ann.event(`You made ${carlName} an admin`).waitFor();
    await ann.closePanel();
    await bob.openRow("Site");
    await bob.type("We can fix it");
    await ann.message("We can fix it").waitFor();
    expect(await ann.message("We can fix it").innerText()).toContain("Bob Builder");
    await ann.at("composer").fill("Thanks @build");
    await ann.at("composer").press("End");
    await ann.at("mention-option").filter({ hasText: "Bob Builder" }).waitFor();
    await ann.at("composer").press("Enter");
    await ann.at("composer").press("Enter");
    await ann.message("Thanks @Bob Builder").waitFor();
    await ann.screenshot("names");
  });

  test("[USER-5] a username that is taken is told while it is typed, and refused", async () => {
    const username = handle("taken");
    const [ann, bob] = [await stage.signedIn(unique("ann")), await stage.signedIn(unique("bob"))];
    await nameOneself(ann, "Ann", username);
    await bob.openSettings("profile");
    await bob.at("profile-username").fill("ab");
    await bob.at("profile-username-hint").filter({ hasText: "Use 3 to 32" }).waitFor();
    await bob.at("profile-username").fill(username);
    await bob.at("profile-username-hint").filter({ hasText: "is taken" }).waitFor();
    expect(await bob.at("profile-save").isDisabled()).toBe(true);
    await bob.screenshot("username-taken");
    await bob.at("profile-username").fill(`${username}2`);
    await bob.at("profile-username-hint").filter({ hasText: "is free" }).waitFor();
    await bob.at("profile-save").click();
    await bob.at("toast").filter({ hasText: "Saved" }).waitFor();
    await ann.newDirectTo("@nobody.at.all.here", undefined);
    expect(await ann.page.locator("#new-problem").innerText()).toBe("Nobody goes by that username.");
  });

  test("[USER-2] who is blocked stands behind a bar instead of the field, on every device, until unblocked", async () => {
    const [annName, bobName] = [unique("ann"), unique("bob")];
    const [ann, bob] = [await stage.signedIn(annName), await stage.signedIn(bobName)];
    await bob.newDirect(annName);
    await bob.type("before");
    await ann.openRow(bobName);
    await ann.message("before").waitFor();
    await ann.at("conversation-more").click();
    await ann.at("menu-block").click();
    await ann.at("confirm").click();
    await ann.at("blocked-bar").waitFor();
    expect(await ann.at("composer").count()).toBe(0);
    await ann.screenshot("blocked-bar");
    // To him all is as it was.
    await bob.type("can you hear me");
    await bob.ticks("can you hear me", ["sent"]);
    await ann.openSettings("blocked");
    await ann.at("blocked").filter({ hasText: bobName }).waitFor();
    await ann.at("unblock").click();
    await ann.at("blocked").waitFor({ state: "detached" });
    await ann.openRow(bobName);
    await ann.openInfo();
    await ann.at("info-block").click();
    await ann.at("confirm").click();
    await ann.at("blocked-bar-unblock").click();
    await ann.at("composer").waitFor();
    await bob.type("and now");
    await ann.message("and now").waitFor();
    expect(await ann.message("can you hear me").count()).toBe(0);
  });
});
