/** The largest WebSocket frame that the server reads, in bytes; a larger one closes the connection with 1009. */
export const MAX_FRAME_BYTES = 1024 * 1024;
/** Close code when the credential of the connection ended: a sign-out, a revoked key, another role. */
export const CLOSE_ACCESS_CHANGED = 4003;
/** Close code for a client that reads too slowly; it can attach again. */
export const CLOSE_SLOW_READER = 4008;
/** Close code when the server stops; the client reconnects. */
export const CLOSE_GOING_AWAY = 1001;
/** Close code for a frame over MAX_FRAME_BYTES. */
export const CLOSE_TOO_LARGE = 1009;
/**
 * The largest content of one message, in bytes, as the Messages API counts it: texts as they are, images and PDFs as
 * base64. A file counts for each block that names it.
 */
export const MAX_MESSAGE_BYTES = 32 * 1024 * 1024;
/** The most events in one `session.send`. */
export const MAX_EVENTS_PER_SEND = 50;
/** The most frames in one request over HTTP, and so the most sessions on one stream. */
export const MAX_FRAMES_PER_REQUEST = 1000;
/** The most bytes of a terminal that a client gets ahead of its last `terminal.ack`. */
export const TERMINAL_WINDOW_BYTES = 256 * 1024;
