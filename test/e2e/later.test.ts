import { expect, test } from "vitest";
import { unique } from "../support/random.ts";
import { until } from "../support/wait.ts";
import { Person } from "../support/person.ts";
import { tokenFor } from "../support/tokens.ts";
import { describeBrowser, useStage } from "./browser.ts";

/** What a `datetime-local` field takes for a time so far ahead. */
const inSeconds = (seconds: number): string => {
  const at = new Date(Date.now() + seconds * 1000);
  const pad = (value: number): string => String(value).padStart(2, "0");
  const day = `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}`;
  return `${day}T${pad(at.getHours())}:${pad(at.getMinutes())}:${pad(at.getSeconds())}`;
};

describeBrowser("now and later", () => {
  const stage = useStage();

  test("[SCHED-1] a message waits for its time, is listed, taken back, or sent", async () => {
    const [annName, bobName] = [unique("ann"), unique("bob")];
    const [ann, bob] = await Promise.all([stage.signedIn(annName), stage.signedIn(bobName)]);
    await ann.newGroup("Plans", [bobName]);
    await bob.openRow("Plans");
    await ann.at("composer").fill("never mind");
    await ann.at("send-later").click();
    await ann.page.locator("[data-testid=send-later-menu] [role=menuitem]").first().click();
    await ann.at("scheduled-count").filter({ hasText: "1 scheduled message" }).waitFor();
    expect(await ann.at("composer").inputValue()).toBe("");

    await ann.at("composer").fill("right on time");
    await ann.at("send-later").click();
    await ann.at("menu-other-time").click();
    await ann.at("later-at").fill(inSeconds(-60));
    await ann.at("later-submit").click();
    await ann.page.getByText("still to come").waitFor();
    await ann.at("later-at").fill(inSeconds(6));
    await ann.at("later-submit").click();
    await ann.at("scheduled-count").filter({ hasText: "2 scheduled messages" }).waitFor();
    await ann.at("scheduled-count").click();
    await ann.at("scheduled").filter({ hasText: "right on time" }).waitFor();
    await ann.screenshot("scheduled");
    await ann.at("scheduled").filter({ hasText: "never mind" }).getByTestId("scheduled-cancel").click();
    await ann.at("scheduled").filter({ hasText: "never mind" }).waitFor({ state: "detached" });
    await bob.message("right on time").waitFor();
    await ann.message("right on time").waitFor();
    await ann.at("scheduled").waitFor({ state: "detached" });
    await ann.at("scheduled-count").waitFor({ state: "detached" });
    expect(await bob.message("never mind").count()).toBe(0);
  });

  test("[DRAFT-1] what is begun on one device is taken up and sent on another", async () => {
    const [annName, bobName] = [unique("ann"), unique("bob")];
    const [desk, phone] = [await stage.signedIn(annName), await stage.signedIn(annName)];
    await desk.newGroup("Drafts", [bobName]);
    await phone.row("Drafts").waitFor();
    await desk.at("composer").fill("Dear all, I have been mea");
    await phone.row("Drafts").filter({ hasText: "Draft: Dear all, I have been mea" }).waitFor();
    await phone.screenshot("draft-elsewhere");
    await phone.openRow("Drafts");
    await until("the text", async () => (await phone.at("composer").inputValue()) === "Dear all, I have been mea");
    await phone.at("composer").fill("Dear all, I have been meaning to write.");
    await phone.at("composer").press("Enter");
    await desk.message("meaning to write.").waitFor();
    expect(await phone.at("composer").inputValue()).toBe("");
  });

  test("[DRAFT-1] what goes on elsewhere is followed where it was begun, until it is sent", async () => {
    const [annName, bobName] = [unique("ann"), unique("bob")];
    const [desk, phone] = [await stage.signedIn(annName), await stage.signedIn(annName)];
    await desk.newGroup("Back and forth", [bobName]);
    await desk.at("composer").fill("From the desk");
    await phone.row("Back and forth").filter({ hasText: "Draft: From the desk" }).waitFor();
    await phone.openRow("Back and forth");
    await until("the text", async () => (await phone.at("composer").inputValue()) === "From the desk");
    await phone.at("composer").fill("From the desk and the phone");
    await until("it on the desk", async () => (await desk.at("composer").inputValue()).endsWith("and the phone"));
    await phone.at("composer").press("Enter");
    await desk.message("From the desk and the phone").waitFor();
    await until("the desk's to be empty", async () => (await desk.at("composer").inputValue()) === "");
    await desk.page.reload();
    await desk.openRow("Back and forth");
    await desk.message("From the desk and the phone").waitFor();
    expect(await desk.at("composer").inputValue()).toBe("");
  });

  test("[EXP-1] a message that disappears is marked, and gone everywhere at its time", async () => {
    const [annName, bobName] = [unique("ann"), unique("bob")];
    const ann = await stage.signedIn(annName);
    const bob = await stage.signedIn(bobName);
    await ann.newGroup("Whispers", [bobName]);
    await bob.openRow("Whispers");
    await ann.openInfo();
    await ann.at("setting-expires").selectOption("3600");
    await bob.event(`${annName} let messages disappear after 1 hour`).waitFor();
    await ann.type("for an hour");
    await bob.message("for an hour").getByTestId("expires").waitFor();
    // As short as no setting of the app is.
    const who = { userId: annName, deviceId: "script" };
    const script = new Person(stage.server.url, { ...who, token: await tokenFor(stage.server.url, who) });
    const id = await bob.at("conversation-row").filter({ hasText: "Whispers" }).getAttribute("data-conversation-id");
    await script.rest.ok("changeConversation", { params: { id: id ?? "" }, body: { settings: { expires_in: 4 } } });
    await bob.event("disappear after 4 seconds").waitFor();
    await ann.type("for a moment");
    await bob.message("for a moment").waitFor();
    await bob.message("for a moment").waitFor({ state: "detached" });
    await ann.message("for a moment").waitFor({ state: "detached" });
    expect(await bob.message("This message was deleted").count()).toBe(0);
    await bob.page.reload();
    await bob.openRow("Whispers");
    await bob.message("for an hour").waitFor();
    expect(await bob.message("for a moment").count()).toBe(0);
    expect(await bob.message("This message was deleted").count()).toBe(0);
    await bob.screenshot("disappearing");
  });
});
