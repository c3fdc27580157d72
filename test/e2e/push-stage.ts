import type { BrowserContextOptions } from "playwright-core";
import { afterAll, beforeAll, expect } from "vitest";
import { PushService } from "../support/push/push-service.ts";
import { useStage, type Stage } from "./browser.ts";
import type { ChatWindow } from "./chat-window.ts";
import { PushBrowser } from "./push-browser.ts";

/** Somebody in a browser that can be pushed to. */
export interface Reachable {
  readonly name: string;
  readonly window: ChatWindow;
  readonly browser: PushBrowser;
}

/** A stage whose server pushes to a push service of its own. */
export class PushStage {
  readonly stage: Stage;
  #service: PushService | undefined;

  constructor() {
    // In this order: the server is told where the service is, and ends before it.
    beforeAll(async () => {
      this.#service = await PushService.start();
    });
    afterAll(async () => {
      await this.service.stop();
      expect(this.service.mistakes).toEqual([]);
    });
    this.stage = useStage(async () => ({ PUSH_HOSTS: this.service.origin, PUSH_PREVIEWS: "on" }));
  }

  get service(): PushService {
    if (this.#service === undefined) throw new Error("the push service is not up");
    return this.#service;
  }

  /** @param permission what the browser was told about notifications */
  async reachable(
    name: string,
    options: BrowserContextOptions = {},
    permission: "granted" | "denied" = "granted",
  ): Promise<Reachable> {
    const { stage, service } = this;
    const context = await stage.profile(options);
    const subscribe = (key: string) => service.subscription(key);
    const browser = await PushBrowser.over(context, stage.server.url, subscribe, permission);
    const window = await stage.window(context);
    await window.signIn(name);
    return { name, window, browser };
  }

  async turnOn(window: ChatWindow): Promise<void> {
    await window.openSettings("notifications");
    await window.at("push-switch").click();
    await window.at("push-test").waitFor();
    await window.closePanel();
  }

  /** Hands on to a browser what the push service took for it since the last time; tells how much that was. */
  bringing(browser: PushBrowser, endpoint: string): () => Promise<number> {
    let done = 0;
    return async () => {
      const fresh = this.service.received({ endpoint }).slice(done);
      done += fresh.length;
      for (const { text } of fresh) await browser.deliver(text);
      return fresh.length;
    };
  }
}
