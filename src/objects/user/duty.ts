import { SUSPENDED } from "../../core/duties/suspension.ts";
import type { Suspension } from "../../core/duties/suspension.ts";
import type { UserHolds } from "../../core/duties/user-holds.ts";
import type { Erased } from "../../core/inbox/erased.ts";
import type { Inbox } from "../../core/inbox/inbox.ts";
import type { Registration } from "../../core/push/registration.ts";
import { CLOSE } from "../../shared/close-codes.ts";
import type { DeviceId, UserId } from "../../shared/ids.ts";
import type { LegalHold, UserState } from "../../shared/protocol/http-admin.ts";
import { refuse } from "../../shared/result.ts";
import type { Result } from "../../shared/result.ts";
import { toIso } from "../../shared/time.ts";
import type { Sessions } from "./sessions.ts";

const DEVICE_REMOVED = refuse("unauthenticated", "unable to sign in; the device was removed");

export interface DutyDeps {
  readonly user: UserId;
  /** Where the user is at home. */
  region(): string;
  readonly suspension: Suspension;
  readonly erased: Erased;
  readonly holds: UserHolds;
  readonly inbox: Inbox;
  readonly sessions: Sessions;
  readonly registration: Registration;
}

/** What operators do with an account. */
export class Duty {
  readonly #deps: DutyDeps;

  constructor(deps: DutyDeps) {
    this.#deps = deps;
  }

  /** Whether a token counts that names a device, or none, issued at `issuedAt` in ms since 1970 (0: it does not say). */
  admits(device: DeviceId | undefined, issuedAt: number): Result<true> {
    if (this.#deps.suspension.state) return SUSPENDED;
    const isAdmitted = device === undefined || this.#deps.inbox.devices.admits(device, issuedAt);
    return isAdmitted ? { ok: true, value: true } : DEVICE_REMOVED;
  }

  /** Nobody gets in from here on, nobody is connected, and nothing is pushed. */
  suspend(by: UserId, reason: string): void {
    const { suspension, sessions, inbox, registration } = this.#deps;
    suspension.begin(by, reason);
    for (const { device_id } of inbox.devices.all()) registration.withdraw(device_id);
    sessions.closeAll(CLOSE.suspended, "the account is suspended");
  }

  /** Who was erased does not come back: a token of his would begin an account that others take for him. */
  unsuspend(): void {
    if (!this.#deps.erased.account) this.#deps.suspension.lift();
  }

  placeHold(hold: LegalHold): Promise<boolean> {
    return this.#deps.holds.place(hold);
  }

  releaseHold(id: string): Promise<boolean> {
    return this.#deps.holds.release(id);
  }

  get state(): UserState {
    const { user, suspension, erased, holds, inbox } = this.#deps;
    const suspended = suspension.state;
    return {
      user_id: user,
      region: this.#deps.region(),
      devices: inbox.devices.all().length,
      conversations: inbox.keys().length,
      ...(suspended ? { suspended: { ...suspended, at: toIso(suspended.at) } } : {}),
      holds: holds.all(),
      ...(erased.account ? { erased_at: toIso(erased.account.at) } : {}),
    };
  }
}
