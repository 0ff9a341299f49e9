import type { ActivePlugin } from './plugin-set.ts';

/**
 * The hosts that the processes of a plugin may reach: of those that it declares, the granted ones. Undefined for a plugin that
 * declares none, as one for Claude Code: its processes reach what agents may. Pure.
 */
export function findReachableHosts({
  manifest,
  granted,
}: Pick<ActivePlugin, 'manifest' | 'granted'>): string[] | undefined {
  const declared = [...(manifest.csp?.requires?.hosts ?? []), ...(manifest.network?.hosts ?? [])];
  return declared.length === 0 ? undefined : granted.hosts.filter((host) => declared.includes(host));
}
