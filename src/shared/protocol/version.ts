/** The version of the wire contract. The WebSocket subprotocol names it: `chat.v1`. */
export const PROTOCOL_VERSION = 1;
export const OLDEST_SUPPORTED_VERSION = 1;
export const SUBPROTOCOL = `chat.v${PROTOCOL_VERSION}`;
/** Prefix of the subprotocol by which browsers hand over their token. */
export const BEARER_SUBPROTOCOL = "bearer.";
