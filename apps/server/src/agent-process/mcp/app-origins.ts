import { isIP } from 'node:net';

const MAX_ORIGINS = 30;
/** A host with a dot in it, perhaps after `*.`. */
const HOST = /^(?:\*\.)?(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])$/;
/** Names of machines and of private networks: an app runs in the browsers of people, behind their firewalls. */
const PRIVATE = /(?:^|\.)(?:localhost|local|internal|intranet|lan|home|corp|test|invalid|home\.arpa)$/;

/**
 * The origins of a list that stand in a Content-Security-Policy as they are: public host names, encrypted, perhaps with
 * `*.` before them. Everything else is left out.
 */
export function toAppOrigins(listed: readonly string[], protocols: readonly string[]): string[] {
  const found = listed.flatMap((each) => {
    const [, protocol, host = '', port] = /^([a-z]+:)\/\/([^/:?#@\s;,]+)(?::(\d{1,5}))?\/?$/i.exec(each.trim()) ?? [];
    const name = host.toLowerCase();
    if (protocol === undefined || !protocols.includes(protocol.toLowerCase())) return [];
    if (!HOST.test(name) || isIP(name) !== 0 || PRIVATE.test(name)) return [];
    return [`${protocol.toLowerCase()}//${name}${port === undefined ? '' : `:${port}`}`];
  });
  return [...new Set(found)].slice(0, MAX_ORIGINS);
}
