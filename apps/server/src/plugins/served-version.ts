import { toDigestOf } from '../audit/canonical-json.ts';
import type { ActivePlugin } from './plugin-set.ts';

const VERSION_CHARS = 12;

/** Stands for all that a process gets of a plugin: another version, grant or configuration makes another one. Pure. */
export function toServedVersion({ digest, granted, configuration, trusted }: Omit<ActivePlugin, 'name'>): string {
  return toDigestOf({ digest, granted, configuration, trusted }).slice(0, VERSION_CHARS);
}
