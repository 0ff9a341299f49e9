import type { Config } from './load-config.ts';

/** Where people reach the server. */
export function toBaseUrl(config: Pick<Config, 'publicUrl' | 'host'>, port: number): string {
  return config.publicUrl ?? toLocalUrl(config.host, port);
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
