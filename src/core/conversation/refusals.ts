import { refuse } from "../../shared/result.ts";
import type { Err } from "../../shared/result.ts";

/** The same words for what does not exist and for what one may not know of. */
export const NOT_FOUND = refuse(
  "not_found",
  "unable to find the conversation; it does not exist or you are not a member",
);

export const NO_MESSAGE = refuse("not_found", "unable to find the message");

/** The same words for what never was, what is over, and what somebody took back. */
export const NO_INVITE = refuse("not_found", "unable to find the invitation; it does not exist or is over");

/** What the role or the settings do not permit. */
export const forbidden = (doing: string): Err =>
  refuse("forbidden", `unable to ${doing}; your role does not permit it`);
