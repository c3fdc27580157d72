import type * as z from "zod/mini";
import type { EventOf } from "../../src/shared/protocol/events.ts";
import type { accountRoutes } from "../../src/shared/protocol/http-account.ts";
import type { conversationRoutes } from "../../src/shared/protocol/http-conversations.ts";
import type { messageRoutes } from "../../src/shared/protocol/http-messages.ts";
import type { pushNote, pushRoutes } from "../../src/shared/protocol/http-push.ts";

/** A message that waits for its time. */
export type Scheduled = z.output<(typeof messageRoutes.scheduleMessage.answers)[201]>;
/** Who has received and read a message, and when. */
export type Receipt = z.output<(typeof messageRoutes.listReceipts.answers)[200]>["receipts"][number];
/** Who reacted with what, and when. */
export type Reaction = z.output<(typeof messageRoutes.listReactions.answers)[200]>["reactions"][number];
/** A join link. */
export type Invite = z.output<(typeof conversationRoutes.createInvite.answers)[201]>;
/** What a join link shows to who follows it. */
export type InvitePreview = z.output<(typeof conversationRoutes.previewInvite.answers)[200]>;
/** A person, as they let themselves be seen. `privacy` is in one's own only. */
export type Profile = z.output<(typeof accountRoutes.getUser.answers)[200]>;
/** What one's own profile can be changed to: what is left out stays, and `null` takes away. */
export type ProfileChanges = z.input<typeof accountRoutes.putMe.body>;
/** One of the user's devices. */
export type DeviceInfo = z.output<(typeof accountRoutes.listDevices.answers)[200]>["devices"][number];
/** What a user set for a conversation, nobody else's business. `muted_until: null` ends it. */
export type Preferences = z.input<typeof conversationRoutes.setPreferences.body>;
/** Whether somebody is there, and when they last were. */
export type Presence = Pick<EventOf<"presence">, "status" | "last_seen">;
/** What a server can push by. `previews`: whether users may choose to see the beginning of messages in notifications. */
export type PushOffer = z.output<(typeof pushRoutes.pushOffer.answers)[200]>;
/** Where a push service reaches a device: a Web Push subscription, or a token of APNs or FCM. */
export type PushAddress = z.input<typeof pushRoutes.registerPush.body>;
/** What a device is pushed. */
export type PushNote = z.output<typeof pushNote>;
/** What a user chose for all notifications: `notifications` of one's own profile. */
export type Notifications = NonNullable<Profile["notifications"]>;
