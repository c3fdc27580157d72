import * as z from "zod/mini";
import { CONVERSATION_ID, DEVICE_ID, MESSAGE_ID, USER_ID, USERNAME, UUID } from "../ids.ts";
import type { ClientMessageId, ConversationId, DeviceId, MessageId, UserId, Username } from "../ids.ts";
import { LIMITS } from "../limits.ts";

const matching = <T extends string>(pattern: RegExp): z.ZodMiniType<T, T> =>
  z.string().check(z.regex(pattern)) as unknown as z.ZodMiniType<T, T>;

export const userId = matching<UserId>(USER_ID);
export const username = matching<Username>(USERNAME);
export const deviceId = matching<DeviceId>(DEVICE_ID);
export const conversationId = matching<ConversationId>(CONVERSATION_ID);
export const messageId = matching<MessageId>(MESSAGE_ID);
/** Case does not matter in a UUID: it is kept in lower case, so that a repeat in the other is one. */
export const clientMessageId = z.string().check(z.regex(UUID), z.toLowerCase()) as unknown as z.ZodMiniType<
  ClientMessageId,
  ClientMessageId
>;

export const seq = z.int().check(z.minimum(1));
/** A watermark or an exclusive bound: 0 is before everything. */
export const upTo = z.int().check(z.minimum(0));
export const rev = z.int().check(z.minimum(0));
export const count = z.int().check(z.minimum(0));
/** ISO 8601 in UTC with milliseconds. */
export const timestamp = z.string().check(z.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/));

/** How a message calls everybody; owner and admins may. */
export const ALL = "@all";
/** Whom a message names: a member, or everybody. */
export const mention = matching<UserId | typeof ALL>(/^(?:@all|[A-Za-z0-9_\-.:]{1,64})$/);

export const shortText = (maxChars: number) => z.string().check(z.minLength(1), z.maxLength(maxChars));
/** Control characters, and those that turn the direction of text: a name must not dress up as something else. */
const DISGUISE = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/u;
/** A character of which something is to be seen. */
const VISIBLE = /[^\p{C}\p{Z}\p{M}\p{Default_Ignorable_Code_Point}\u2800]/u;
/** A name by which people see each other. */
export const displayName = shortText(LIMITS.displayNameChars).check(
  z.trim(),
  z.refine((text) => VISIBLE.test(text) && !DISGUISE.test(text), { error: "a name that shows, on one line" }),
);

export const ref = z.string().check(z.maxLength(LIMITS.refChars));
export const cursor = z.string().check(z.minLength(1), z.maxLength(LIMITS.cursorChars));
export const base64 = (maxChars: number) =>
  z.string().check(z.maxLength(maxChars), z.regex(/^[A-Za-z0-9+/_-]*={0,2}$/));

/** Length of `text` in UTF-8 bytes, without encoding it. */
export const utf8Bytes = (text: string): number => {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    // A surrogate pair is two units and four bytes: each half brings one byte more.
    bytes += unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff) ? 1 : 2;
  }
  return bytes;
};

const fits = (text: string): boolean =>
  text.length * 3 <= LIMITS.contentBytes || utf8Bytes(text) <= LIMITS.contentBytes;

/** A message's body. Beyond 16 KiB of UTF-8 the refusal is `too_large`, not `bad_request`. */
export const content = z
  .string()
  .check(z.refine(fits, { error: `at most ${LIMITS.contentBytes} bytes of UTF-8`, params: { code: "too_large" } }));

export const messageType = z.enum(["text", "image", "video", "voice", "document", "encrypted", "system"]);
/** What a client may send: `system` is the server's own. */
export const sendableType = z.enum(["text", "image", "video", "voice", "document", "encrypted"]);
export const role = z.enum(["owner", "admin", "member", "subscriber"]);
export const conversationType = z.enum(["direct", "group", "channel"]);
export const notify = z.enum(["all", "mentions", "none"]);
export const visibility = z.enum(["everyone", "nobody"]);

/** Who may do something in a group: everybody who may write, or owner and admins only. */
export const who = z.enum(["everyone", "admins"]);
/** What a group's or channel's own rules are, all of them. `expires_in`: seconds that messages live, 0 for ever. */
export const settings = z.object({
  add: who,
  rename: who,
  pin: who,
  write: who,
  history: z.enum(["all", "since_joined"]),
  expires_in: z.int().check(z.minimum(0), z.maximum(LIMITS.expiresInSecondsMax)),
});
export type ConversationSettings = z.infer<typeof settings>;

export type Role = z.infer<typeof role>;
export type ConversationType = z.infer<typeof conversationType>;
export type MessageType = z.infer<typeof messageType>;
