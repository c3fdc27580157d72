import * as z from "zod/mini";

const texts = z.record(z.string(), z.string());
/** Keys that FCM keeps to itself. */
const dataKey = z.string().check(z.regex(/^(?!from$|message_type$|google|gcm).+$/));

/** What may stand in a message, as far as anybody here writes it: what is not in the reference is refused, as FCM does. */
export const fcmMessage = z.strictObject({
  token: z.string(),
  data: z.optional(z.record(dataKey, z.string())),
  android: z.optional(
    z.strictObject({
      collapse_key: z.optional(z.string()),
      priority: z.optional(z.enum(["NORMAL", "HIGH"])),
      ttl: z.optional(z.string().check(z.regex(/^\d+(\.\d{1,9})?s$/))),
      notification: z.optional(
        z.strictObject({
          title: z.optional(z.string()),
          body: z.optional(z.string()),
          tag: z.optional(z.string()),
          title_loc_key: z.optional(z.string()),
          title_loc_args: z.optional(z.array(z.string())),
          body_loc_key: z.optional(z.string()),
          body_loc_args: z.optional(z.array(z.string())),
          notification_count: z.optional(z.int().check(z.minimum(0))),
        }),
      ),
    }),
  ),
  apns: z.optional(
    z.strictObject({
      headers: z.optional(texts),
      payload: z.optional(z.looseObject({ aps: z.optional(z.looseObject({})) })),
    }),
  ),
  webpush: z.optional(z.strictObject({ headers: z.optional(texts) })),
});
export type FcmMessage = z.infer<typeof fcmMessage>;

/** Of data and of what Android shows, keys and values. */
export const FCM_BYTES = 4096;
/** Four weeks. */
export const FCM_TTL_SECONDS = 2_419_200;
