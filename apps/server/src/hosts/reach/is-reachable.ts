/**
 * Whether a host is among those that may be reached: `api.example.com`, `*.example.com` for everything below it, or
 * `db.example.com:5432` for one port. Pure.
 * @param hosts In lower case.
 */
export function isReachable(hosts: readonly string[], { host, port }: { host: string; port: number }): boolean {
  const name = host.toLowerCase().replace(/\.$/, '');
  return hosts.some((allowed) => {
    const [pattern = '', onlyPort] = allowed.split(':');
    if (onlyPort !== undefined && Number(onlyPort) !== port) return false;
    return pattern.startsWith('*.') ? name.endsWith(pattern.slice(1)) : name === pattern;
  });
}
