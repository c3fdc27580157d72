import { app } from "./worker/app.ts";
import { consumePush } from "./worker/consumers/push.ts";

export { AddressObject } from "./objects/address/address-object.ts";
export { AuditObject } from "./objects/audit/audit-object.ts";
export { ArchiveObject } from "./objects/archive/archive-object.ts";
export { ConversationObject } from "./objects/conversation/conversation-object.ts";
export { DeadLettersObject } from "./objects/dead-letters/dead-letters-object.ts";
export { DirectoryObject } from "./objects/directory/directory-object.ts";
export { DutiesObject } from "./objects/duties/duties-object.ts";
export { FanoutObject } from "./objects/fanout/fanout-object.ts";
export { JobsObject } from "./objects/jobs/jobs-object.ts";
export { PushGateObject } from "./objects/push-gate/push-gate-object.ts";
export { QueueObject } from "./objects/queue/queue-object.ts";
export { UserObject } from "./objects/user/user-object.ts";
export { Control } from "./worker/control.ts";
export default { fetch: app.fetch, queue: consumePush };
