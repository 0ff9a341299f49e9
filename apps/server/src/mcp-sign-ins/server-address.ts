import { createHash } from 'node:crypto';
import { isIP } from 'node:net';

const MAX_URL_CHARS = 2000;

/**
 * The address of an MCP server as sign-ins are kept for it; undefined for one to which no token may be sent: neither https
 * nor this machine nor an allowed origin, or with a password, or with a secret that is filled in later.
 */
export function findServerAddress(text: string, allowedOrigins: readonly string[]): string | undefined {
  if (text.length > MAX_URL_CHARS || text.includes('${')) return undefined;
  const url = URL.parse(text);
  if (url === null || url.username !== '' || url.password !== '') return undefined;
  const isSafe =
    url.protocol === 'https:' ||
    (url.protocol === 'http:' && (isLoopback(url.hostname) || allowedOrigins.includes(url.origin)));
  if (!isSafe) return undefined;
  url.hash = '';
  return url.href;
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || (isIP(hostname) === 4 && hostname.startsWith('127.'));
}

/** Under which name something is kept that belongs to an address, which may be longer than a name. */
export function toKeptName(address: string): string {
  return createHash('sha256').update(address).digest('hex').slice(0, 40);
}
