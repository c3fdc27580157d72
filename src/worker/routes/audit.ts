import { AUDIT_NAME } from "../../rpc/audit-rpc.ts";
import type { Handlers } from "../handler.ts";
import { json } from "../problem.ts";

export const auditHandlers = {
  adminAudit: async ({ env, query }) => json(await env.AUDIT.getByName(AUDIT_NAME).page(query.after, query.limit)),

  adminAuditHead: async ({ env }) => json(JSON.stringify(await env.AUDIT.getByName(AUDIT_NAME).head())),
} satisfies Handlers;
