/**
 * Identifiers of the contract (docs/protocol.md §2). Each is a string with a flavour: a plain string
 * may be given where one is wanted, but a `UserId` never where a `ConversationId` is.
 */
declare const flavour: unique symbol;
type Flavoured<F extends string> = string & { readonly [flavour]?: F };

export type UserId = Flavoured<"UserId">;
export type DeviceId = Flavoured<"DeviceId">;
export type ConversationId = Flavoured<"ConversationId">;
export type MessageId = Flavoured<"MessageId">;
export type ClientMessageId = Flavoured<"ClientMessageId">;
export type Username = Flavoured<"Username">;
/** Position in a conversation's log: 1, 2, 3, … without gaps. */
export type Seq = number;
/** Version of a user's list of conversations. Only rises; gaps mean nothing. */
export type Rev = number;

export const USER_ID = /^[A-Za-z0-9_\-.:]{1,64}$/;
export const DEVICE_ID = /^[A-Za-z0-9_-]{1,64}$/;
export const USERNAME = /^[a-z0-9_.]{3,32}$/;
/** Ids that the server makes are opaque to clients: any other text of this form is merely unknown. */
export const CONVERSATION_ID = /^[\x21-\x7e]{1,64}$/;
export const MESSAGE_ID = /^[\x21-\x7e]{1,64}$/;
export const UUID = /^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$/;
