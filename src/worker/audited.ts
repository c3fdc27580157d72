import type { AuditNote } from "../core/audit/audit-log.ts";
import { log, reasonOf } from "../platform/telemetry.ts";
import { AUDIT_NAME } from "../rpc/audit-rpc.ts";
import type { EdgeBindings } from "../rpc/bindings.ts";
import type { ROUTES, RouteName } from "../shared/protocol/http.ts";
import type { Call } from "./handler.ts";

/** Calls that take the scope `admin`. */
type AdminRoute = {
  [N in RouteName]: (typeof ROUTES)[N] extends { readonly admin: true } ? N : never;
}[RouteName];

/** What an operator does, to what, and why. */
type Act = Omit<AuditNote, "actor" | "outcome">;

/** Whoever reads what is not his to read is entered as well; there is no outcome of that. */
const READ = "read";
const DEPLOYMENT = "deployment";

const conversation = (id: string): string => `conversation:${id}`;
const user = (id: string): string => `user:${id}`;
const onConversation =
  (action: string) =>
  ({ params }: { readonly params: { readonly id: string } }): Act => ({ action, target: conversation(params.id) });
const onUser =
  (action: string) =>
  ({ params }: { readonly params: { readonly id: string } }): Act => ({ action, target: user(params.id) });
const onLetters =
  (action: string) =>
  ({ params }: { readonly params: { readonly kind: string } }): Act => ({ action, target: `push:${params.kind}` });
/** Tells nothing of anybody: policies, counters, how far something has come, and the audit log itself. */
const nothing = (): undefined => undefined;

/** Every call of operators, as the audit log has it. A route that is not here does not compile. */
const ACTS: { readonly [N in AdminRoute]: (call: Call<N>) => Act | undefined } = {
  adminAudit: nothing,
  adminAuditHead: nothing,
  adminCounters: nothing,
  adminPolicies: nothing,
  adminGetExport: nothing,
  adminGetErasure: nothing,
  adminDelivery: onConversation("delivery.read"),
  adminConversation: onConversation("conversation.read"),
  adminUser: onUser("user.read"),
  adminHolds: () => ({ action: "holds.read", target: DEPLOYMENT }),
  adminHeld: onConversation("held.read"),
  adminDeadLetters: onLetters("dead_letters.read"),
  adminReplayDeadLetters: onLetters("dead_letters.replay"),
  adminDropDeadLetters: onLetters("dead_letters.drop"),
  adminSetPolicy: ({ body: { reason, ...details } }) => ({
    action: "retention.policy",
    target: DEPLOYMENT,
    reason,
    details,
  }),
  adminSetRetention: ({ params, body: { reason, days } }) => ({
    action: "retention.set",
    target: conversation(params.id),
    reason,
    details: { days },
  }),
  adminClearRetention: ({ params, query }) => ({
    action: "retention.clear",
    target: conversation(params.id),
    reason: query.reason,
  }),
  adminPlaceHold: ({ body: { hold_id, conversation_id, user_id = "", reason } }) => ({
    action: "hold.place",
    target: conversation_id === undefined ? user(user_id) : conversation(conversation_id),
    reason,
    details: { hold_id },
  }),
  adminReleaseHold: ({ params, query }) => ({
    action: "hold.release",
    target: `hold:${params.id}`,
    reason: query.reason,
  }),
  adminTakedown: ({ body: { conversation_id, message_id, reason } }) => ({
    action: "takedown",
    target: conversation(conversation_id),
    reason,
    details: { message_id },
  }),
  adminSuspend: ({ params, body }) => ({ action: "suspend", target: user(params.id), reason: body.reason }),
  adminUnsuspend: ({ params, query }) => ({ action: "unsuspend", target: user(params.id), reason: query.reason }),
  adminRestore: ({ params, body: { at, reason } }) => ({
    action: "restore",
    target: conversation(params.id),
    reason,
    details: { at },
  }),
  adminExport: ({ params, body: { export_id, include, reason } }) => ({
    action: "export",
    target: user(params.id),
    reason,
    details: { export_id, include },
  }),
  adminExportFile: ({ params }) => ({ action: "export.read", target: `export:${params.id}` }),
  adminErase: ({ params, body: { erasure_id, reason } }) => ({
    action: "erase",
    target: user(params.id),
    reason,
    details: { erasure_id },
  }),
  adminImport: ({ body: { source, lines } }) => ({
    action: "import",
    target: DEPLOYMENT,
    details: { source, lines: lines.length },
  }),
};

const outcomeOf = async (response: Response): Promise<string> => {
  if (response.ok) return "done";
  const { code = String(response.status) } = await response.clone().json<{ code?: string }>();
  return code;
};

/** What became of it. It has happened: that this cannot be entered changes nothing, and the missing entry shows. */
const conclude = async (env: EdgeBindings, act: AuditNote, of: number, outcome: string): Promise<void> => {
  try {
    const { actor, action, target } = act;
    await env.AUDIT.getByName(AUDIT_NAME).append({ actor, action, target, outcome, details: { of } });
  } catch (error) {
    log({ event: "object_failed", object: "audit", call: "append", reason: reasonOf(error) });
  }
};

/**
 * An operator's call: it is in the audit log before anything of it happens, and what became of it afterwards. What
 * cannot be entered does not happen: the throw is answered as a failure of ours.
 */
export const audited = async <N extends RouteName>(
  name: N,
  call: Call<N>,
  handle: () => Promise<Response>,
  isRead: boolean,
): Promise<Response> => {
  // By name: the table has each route's own call, and this is the call of that route.
  const act = (ACTS[name as AdminRoute] as (call: Call<N>) => Act | undefined)(call);
  if (!act) return handle();
  const note: AuditNote = { actor: call.identity.user_id, ...act };
  const audit = call.env.AUDIT.getByName(AUDIT_NAME);
  const { index } = await audit.append(isRead ? { ...note, outcome: READ } : note);
  if (isRead) return handle();
  try {
    const response = await handle();
    await conclude(call.env, note, index, await outcomeOf(response));
    return response;
  } catch (error) {
    await conclude(call.env, note, index, "internal");
    throw error;
  }
};
