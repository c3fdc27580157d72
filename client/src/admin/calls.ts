import type * as z from "zod/mini";
import type { ROUTES } from "../../../src/shared/protocol/http.ts";

type Routes = typeof ROUTES;
/** A call of the contract that takes the scope `admin`. */
export type AdminCall = Extract<keyof Routes, `admin${string}`>;

/** What of the contract's table of routes is needed to make a call; without the schemas, which weigh more than all else here. */
export const CALLS = {
  adminCounters: ["GET", "/admin/counters"],
  adminDelivery: ["GET", "/admin/conversations/{id}/delivery"],
  adminConversation: ["GET", "/admin/conversations/{id}"],
  adminUser: ["GET", "/admin/users/{id}"],
  adminAudit: ["GET", "/admin/audit"],
  adminAuditHead: ["GET", "/admin/audit/head"],
  adminPolicies: ["GET", "/admin/retention"],
  adminSetPolicy: ["PUT", "/admin/retention"],
  adminSetRetention: ["PUT", "/admin/conversations/{id}/retention"],
  adminClearRetention: ["DELETE", "/admin/conversations/{id}/retention"],
  adminPlaceHold: ["POST", "/admin/holds"],
  adminHolds: ["GET", "/admin/holds"],
  adminReleaseHold: ["DELETE", "/admin/holds/{id}"],
  adminHeld: ["GET", "/admin/conversations/{id}/held"],
  adminTakedown: ["POST", "/admin/takedown"],
  adminSuspend: ["POST", "/admin/users/{id}/suspend"],
  adminUnsuspend: ["DELETE", "/admin/users/{id}/suspend"],
  adminRestore: ["POST", "/admin/conversations/{id}/restore"],
  adminExport: ["POST", "/admin/users/{id}/exports"],
  adminGetExport: ["GET", "/admin/exports/{id}"],
  adminExportFile: ["GET", "/admin/exports/{id}/file"],
  adminErase: ["POST", "/admin/users/{id}/erase"],
  adminGetErasure: ["GET", "/admin/erasures/{id}"],
  adminImport: ["POST", "/admin/import"],
  adminDeadLetters: ["GET", "/admin/push/{kind}/dead-letters"],
  adminReplayDeadLetters: ["POST", "/admin/push/{kind}/dead-letters/replay"],
  adminDropDeadLetters: ["DELETE", "/admin/push/{kind}/dead-letters"],
} as const satisfies { readonly [N in AdminCall]: readonly [Routes[N]["method"], Routes[N]["path"]] };

type Schema<R, K extends string> = R extends Record<K, infer S extends z.ZodMiniType> ? S : never;
type Given<R, K extends string> = [Schema<R, K>] extends [never]
  ? unknown
  : { readonly [P in K]: z.input<Schema<R, K>> };
/** Numbers in a query travel as text: they may be given as either. */
type Query<S extends z.ZodMiniType> = { readonly [P in keyof z.input<S>]: z.input<S>[P] | number };
type GivenQuery<R> = [Schema<R, "query">] extends [never]
  ? unknown
  : object extends Query<Schema<R, "query">>
    ? { readonly query?: Query<Schema<R, "query">> }
    : { readonly query: Query<Schema<R, "query">> };

/** What a call takes. */
export type AdminInput<N extends AdminCall> = Given<Routes[N], "params"> &
  GivenQuery<Routes[N]> &
  Given<Routes[N], "body">;

type Body<A> = A extends z.ZodMiniType ? z.output<A> : undefined;
/** What a call answers when it is done. */
export type AdminAnswer<N extends AdminCall> = Body<Routes[N]["answers"][keyof Routes[N]["answers"]]>;

/** Calls that answer a page of a list, by the list's noun. */
export interface Listed {
  readonly adminHolds: "holds";
  readonly adminHeld: "held";
  readonly adminDeadLetters: "dead_letters";
}
export type ListCall = keyof Listed;
export type Item<N extends ListCall> =
  AdminAnswer<N> extends Readonly<Record<Listed[N], readonly (infer I)[]>> ? I : never;
