import type { SessionPlugin } from '@claude-sdk-pattern/protocol';

import { t } from './messages.ts';

const MAX_SHOWN = 4;

/**
 * What a process gets that starts now, in comparison with one that runs: `weather 1.0.0 → 2.0.0, docs added`. Where all
 * plugins are the same, something else about them has changed. Pure.
 */
export function describeDifference(running: readonly SessionPlugin[], next: readonly SessionPlugin[]): string {
  const changes = next.flatMap(({ name, version, digest }) => {
    const before = running.find((each) => each.name === name);
    if (before === undefined) return t.added(version === null ? name : `${name} ${version}`);
    return before.digest === digest ? [] : t.upgraded(name, before.version, version);
  });
  const removed = running.filter(({ name }) => !next.some((each) => each.name === name));
  const all = [...changes, ...removed.map(({ name }) => t.removed(name))];
  if (all.length === 0) return t.configured;
  if (all.length <= MAX_SHOWN) return all.join(', ');
  return [...all.slice(0, MAX_SHOWN - 1), t.more(all.length - MAX_SHOWN + 1)].join(', ');
}
