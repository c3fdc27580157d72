import type { ErrorCode } from "../../../src/shared/errors.ts";
import type { ConversationId, UserId } from "../../../src/shared/ids.ts";
import type { ParleyErrorLike } from "../api.ts";
import type { Asked } from "./methods.ts";
import type { Splice } from "./splice.ts";

/** Raised whenever tabs of before would misunderstand what is said now: the older ones ask to be loaded anew. */
export const CHANNEL_VERSION = 1;

/** One tab, as long as it lives. */
export type TabId = string;

/** What a tab wants of whoever leads; said whole each time. */
export interface Wants {
  readonly connected: boolean;
  readonly active: boolean;
  readonly open: readonly ConversationId[];
  readonly presence: readonly UserId[];
  /** The views that it shows, and those of them that it needs whole. */
  readonly keys: readonly string[];
  readonly fresh: readonly string[];
}

export interface ViewChange {
  readonly key: string;
  /** Counted by the leader. A change continues the one before, or (`whole`) needs none. */
  readonly version: number;
  readonly whole: boolean;
  readonly splice: Splice;
}

export interface Failure extends ParleyErrorLike {
  readonly code: ErrorCode;
}

export type Body =
  | { readonly kind: "ask" }
  | { readonly kind: "claim" }
  | { readonly kind: "bye" }
  | { readonly kind: "wants"; readonly wants: Wants }
  | { readonly kind: "call"; readonly id: number; readonly method: Asked; readonly args: readonly unknown[] }
  /** From here on: said by the leader. `since`: when it took over, ms since 1970. */
  | { readonly kind: "lead"; readonly visible: boolean; readonly since: number }
  | { readonly kind: "unlead" }
  | { readonly kind: "yield" }
  | { readonly kind: "views"; readonly changes: readonly ViewChange[] }
  | { readonly kind: "answer"; readonly id: number; readonly value?: unknown; readonly failure?: Failure }
  | { readonly kind: "event"; readonly name: "incoming" | "error"; readonly payload: unknown }
  | { readonly kind: "destroyed" };

export interface Envelope {
  readonly v: number;
  readonly from: TabId;
  /** To everybody when left out. */
  readonly to?: TabId;
  readonly body: Body;
}

export interface ChannelDeps {
  readonly port: BroadcastChannel;
  readonly me: TabId;
  readonly onBody: (body: Body, from: TabId) => void;
  /** Something was said by another version of this code. */
  readonly onVersion: (version: number, from: TabId) => void;
}

/** The tabs of one name talk here, this one with itself too: then it is heard before `post` returns. */
export class TabChannel {
  readonly #deps: ChannelDeps;

  constructor(deps: ChannelDeps) {
    this.#deps = deps;
    deps.port.addEventListener("message", ({ data }: MessageEvent<Envelope>) => {
      if (data.to !== undefined && data.to !== deps.me) return;
      if (data.v === CHANNEL_VERSION) deps.onBody(data.body, data.from);
      else deps.onVersion(data.v, data.from);
    });
  }

  post(body: Body, to?: TabId): void {
    const { port, me, onBody } = this.#deps;
    if (to === me) onBody(body, me);
    else port.postMessage({ v: CHANNEL_VERSION, from: me, ...(to === undefined ? {} : { to }), body });
  }

  close(): void {
    this.#deps.port.close();
  }
}
