import { mkdirSync } from "node:fs";
import path from "node:path";
import type { BrowserContext, Locator, Page } from "playwright-core";
import { until } from "../support/wait.ts";

const SCREENSHOTS = path.join(import.meta.dirname, "screenshots");
mkdirSync(SCREENSHOTS, { recursive: true });

/** What a browser says when the server it talks to is gone; everything else on its console is a fault. */
const EXPECTED = /Failed to load resource|WebSocket connection to|net::ERR_|ERR_CONNECTION/;

/** One window of the app, driven as a person would: by what is on the screen. */
export class ChatWindow {
  readonly page: Page;
  /** Exceptions, errors on the console and violations of the content security policy. */
  readonly faults: string[] = [];

  private constructor(page: Page) {
    this.page = page;
    page.on("pageerror", (error) => this.faults.push(`exception: ${error.message}`));
    page.on("console", (message) => {
      const text = message.text();
      const isFault = message.type() === "error" || /Content.Security.Policy/i.test(text);
      if (isFault && !EXPECTED.test(text)) this.faults.push(`console: ${text}`);
    });
  }

  static async open(context: BrowserContext, url: string): Promise<ChatWindow> {
    const page = await context.newPage();
    page.setDefaultTimeout(15_000);
    const window = new ChatWindow(page);
    await page.addInitScript(() => {
      document.addEventListener("securitypolicyviolation", (event) => {
        console.error(`Content-Security-Policy: ${event.violatedDirective} ${event.blockedURI}`);
      });
    });
    await page.goto(url);
    return window;
  }

  at(testId: string): Locator {
    return this.page.getByTestId(testId);
  }

  async signIn(name: string): Promise<void> {
    await this.at("signin-name").fill(name);
    await this.at("signin-submit").click();
    await this.at("new-direct").waitFor();
  }

  /** Waits until this browser has the files of the app and may start it without a network. */
  async readyForOffline(): Promise<void> {
    await this.page.evaluate(async () => void (await navigator.serviceWorker.ready));
  }

  async newDirect(name: string): Promise<void> {
    await this.newDirectTo(name, name);
  }

  /** `shown`: what the person is called then; `undefined` when there is nobody. */
  async newDirectTo(typed: string, shown: string | undefined): Promise<void> {
    await this.at("new-direct").click();
    await this.at("new-direct-name").fill(typed);
    await this.at("new-submit").click();
    if (shown === undefined) {
      await this.page.locator("#new-problem.problem").waitFor();
      return;
    }
    // Another conversation may still be on the screen, with a composer of its own.
    await this.at("head").filter({ hasText: shown }).waitFor();
    await this.at("composer").waitFor();
  }

  async newGroup(name: string, members: readonly string[], kind: "group" | "channel" = "group"): Promise<void> {
    await this.at(`new-${kind}`).click();
    await this.at(`new-${kind}-name`).fill(name);
    for (const member of members) {
      await this.at(`new-${kind}-member`).fill(member);
      await this.at(`new-${kind}-member`).press("Enter");
    }
    await this.at("new-submit").click();
    await this.at("composer").waitFor();
  }

  /** Chooses from the menu of the message with that text. */
  async choose(text: string, action: string): Promise<void> {
    await this.message(text).last().click({ button: "right" });
    await this.at(`menu-${action}`).click();
  }

  /** Chooses from the menu of a conversation in the list, and from what that opens. */
  async chooseConversation(text: string, ...actions: readonly string[]): Promise<void> {
    await this.row(text).click({ button: "right" });
    for (const action of actions) await this.at(`menu-${action}`).click();
  }

  /** Which actions the menu of that message offers. */
  async offered(text: string): Promise<string[]> {
    await this.message(text).last().click({ button: "right" });
    await this.at("message-menu").waitFor();
    const ids = await this.page
      .locator("[data-testid=message-menu] [data-testid^=menu-]")
      .evaluateAll((items) =>
        items.map((item) => (item instanceof HTMLElement ? (item.dataset["testid"] ?? "").slice("menu-".length) : "")),
      );
    await this.page.keyboard.press("Escape");
    await this.at("message-menu").waitFor({ state: "detached" });
    return ids;
  }

  async openSettings(page?: "profile" | "notifications" | "privacy" | "blocked" | "devices"): Promise<void> {
    await this.at("open-settings").click();
    await this.at("settings").waitFor();
    if (page === undefined) return;
    await this.at(`settings-${page}`).click();
    await this.at(`panel-${page}`).waitFor();
  }

  async openInfo(): Promise<void> {
    await this.at("open-info").click();
    await this.at("panel-info").waitFor();
  }

  async closePanel(): Promise<void> {
    await this.at("panel-close").click();
    await this.page.locator(".panel").waitFor({ state: "detached" });
  }

  member(name: string): Locator {
    return this.at("member").filter({ hasText: name });
  }

  /** Chooses from what may be done about a member; the info panel is open. */
  async chooseMember(name: string, action: string): Promise<void> {
    await this.member(name).getByTestId("member-menu").click();
    await this.at(`menu-${action}`).click();
  }

  /** A line between the messages that says what happened. */
  event(text: string | RegExp): Locator {
    return this.at("event").filter({ hasText: text });
  }

  /** Replies in the thread that is open. */
  reply(text: string): Locator {
    return this.at("thread-list").getByTestId("message").filter({ hasText: text });
  }

  row(text: string): Locator {
    return this.at("conversation-row").filter({ hasText: text });
  }

  async openRow(text: string): Promise<void> {
    await this.row(text).click();
    await this.at("composer").waitFor();
  }

  async type(text: string): Promise<void> {
    await this.at("composer").fill(text);
    await this.at("composer").press("Enter");
  }

  message(text: string): Locator {
    return this.at("message").filter({ hasText: text });
  }

  /** Waits for a message of one's own to have one of those ticks. */
  async ticks(text: string, wanted: readonly string[], timeoutMs = 15_000): Promise<string> {
    return await until(
      `"${text}" to be ${wanted.join(" or ")}`,
      async () => {
        const statuses = await this.statuses(text);
        return statuses.find((status) => wanted.includes(status));
      },
      timeoutMs,
    );
  }

  /** `data-status` of every bubble with that text: one, unless something is shown twice. */
  async statuses(text: string): Promise<string[]> {
    return await this.message(text).evaluateAll((bubbles) =>
      bubbles.map((bubble) => (bubble instanceof HTMLElement ? (bubble.dataset["status"] ?? "") : "")),
    );
  }

  /** Texts of the bubbles on the screen that contain `part`, from top to bottom. */
  async texts(part: RegExp): Promise<string[]> {
    const all = await this.at("message").allInnerTexts();
    return all.flatMap((text) => part.exec(text)?.[0] ?? []);
  }

  async connection(): Promise<string | undefined> {
    const bar = this.at("connection-bar");
    return (await bar.count()) === 0 ? undefined : ((await bar.first().getAttribute("data-state")) ?? undefined);
  }

  /** How much of the connection bar can be seen, from 0 to 1. */
  async opacityOfBar(): Promise<number> {
    return await this.at("connection-bar").evaluate((bar) => {
      const { visibility, opacity } = getComputedStyle(bar);
      return visibility === "hidden" ? 0 : Number(opacity);
    });
  }

  async screenshot(name: string): Promise<void> {
    await this.page.screenshot({ path: path.join(SCREENSHOTS, `${name}.png`) });
  }

  async testIdOfFocus(): Promise<string> {
    return await this.page.evaluate(() =>
      document.activeElement instanceof HTMLElement ? (document.activeElement.dataset["testid"] ?? "") : "",
    );
  }

  /** Presses Tab until the element with that test id has the focus. */
  async tabTo(testId: string): Promise<void> {
    for (let i = 0; i < 60; i++) {
      if ((await this.testIdOfFocus()) === testId) return;
      await this.page.keyboard.press("Tab");
    }
    throw new Error(`${testId} is not reached with Tab`);
  }
}
