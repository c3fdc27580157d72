import { app } from "./worker/app.ts";

export { ConversationObject } from "./objects/conversation/conversation-object.ts";
export { DirectoryObject } from "./objects/directory/directory-object.ts";
export { FanoutObject } from "./objects/fanout/fanout-object.ts";
export { UserObject } from "./objects/user/user-object.ts";
export { Control } from "./worker/control.ts";
export default app;
