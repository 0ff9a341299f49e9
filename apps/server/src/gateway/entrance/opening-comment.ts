/**
 * The first bytes of a stream of server-sent events, which clients ignore. nginx (1.22, HTTP/2) passes the headers of an
 * answer on with its first bytes only: a quiet stream would not open before its first ping.
 */
export const OPENING_COMMENT = ': open\n\n';
