import { isIP } from 'node:net';

/** Where people reach the server. */
export function toBaseUrl(config: { publicUrl: string | undefined; host: string }, port: number): string {
  return config.publicUrl ?? toLocalUrl(config.host, port);
}

/**
 * Where browsers let pages of the server use passkeys, as an origin: over https at a name, or on this machine at
 * `localhost`. Undefined where the configured URL is neither. https://www.w3.org/TR/webauthn-3/#relying-party-identifier
 */
export function findPasskeyOrigin(publicUrl: string | undefined, port: number): string | undefined {
  if (publicUrl === undefined) return `http://localhost:${port}`;
  const { protocol, hostname, origin } = new URL(publicUrl);
  const isLocal = hostname === 'localhost' || hostname.endsWith('.localhost');
  const isAddress = isIP(hostname.replaceAll(/[[\]]/g, '')) !== 0;
  return isLocal || (protocol === 'https:' && !isAddress) ? origin : undefined;
}

/** Where a program on the server's machine reaches it, without the proxy in front of it. */
export function toLocalUrl(host: string, port: number): string {
  return `http://${toHost(host)}:${port}`;
}

/** The address to put into a URL: a wildcard is reached as localhost, and IPv6 needs its brackets. */
function toHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}
