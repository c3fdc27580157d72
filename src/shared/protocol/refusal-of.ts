import type * as z from "zod/mini";
import type { ErrorCode } from "../errors.ts";
import type { Refusal } from "../result.ts";

interface Params {
  readonly code?: ErrorCode;
}

/**
 * What a schema found wrong, as a refusal of the contract. A limit that has a code of its own names it in
 * its `params`; everything else is `bad_request`. Names the field, never its value.
 */
export const refusalOf = (error: z.core.$ZodError, doing: string): Refusal => {
  const issue = error.issues[0];
  const params: Params | undefined = issue?.code === "custom" ? issue.params : undefined;
  const field = issue && issue.path.length > 0 ? `${issue.path.join(".")}: ` : "";
  return {
    code: params?.code ?? "bad_request",
    message: `unable to ${doing}; ${field}${issue?.message ?? "it is malformed"}`,
  };
};
