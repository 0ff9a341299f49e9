import { isIP, isIPv6 } from 'node:net';

/** Shared by whoever comes through a proxy that does not tell addresses. */
const NO_ADDRESS = 'unknown';

/**
 * The address that is counted, however it is written: whoever has one IPv6 address has the 2^64 of its network. Some
 * proxies add the port, others write words (RFC 7239, section 6); with these nobody may get a new count. `request.ip` is
 * undefined, whatever its type says (Fastify 5.12.8), once the connection is gone.
 */
export function toNetwork(given: string | undefined): string {
  const written = given?.trim() ?? '';
  const [, bracketed, plain] = /^(?:\[([^\]]*)\](?::\d+)?|([\d.]+):\d+)$/.exec(written) ?? [];
  const address = bracketed ?? plain ?? written;
  if (isIP(address) === 0) return NO_ADDRESS;
  return isIPv6(address) ? toNetworkOfIPv6(address) : address;
}

function toNetworkOfIPv6(address: string): string {
  // The shortest form, in hexadecimal alone.
  const { hostname } = new URL(`http://[${address.split('%')[0]}]`);
  const mapped = /^\[::ffff:([\da-f]+):([\da-f]+)\]$/.exec(hostname);
  if (mapped !== null) {
    const halves = mapped.slice(1).map((half) => Number.parseInt(half, 16));
    return halves.flatMap((half) => [half >> 8, half & 255]).join('.');
  }
  const [head = '', tail] = hostname.slice(1, -1).split('::');
  const groups = head === '' ? [] : head.split(':');
  const missing = tail === undefined ? 0 : 8 - groups.length - (tail === '' ? 0 : tail.split(':').length);
  const all = [...groups, ...Array.from({ length: missing }, () => '0'), ...(tail ? tail.split(':') : [])];
  return `${all.slice(0, 4).join(':')}::/64`;
}
