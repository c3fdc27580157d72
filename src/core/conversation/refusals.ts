import { refuse } from "../../shared/result.ts";

/** The same words for what does not exist and for what one may not know of. */
export const NOT_FOUND = refuse(
  "not_found",
  "unable to find the conversation; it does not exist or you are not a member",
);
