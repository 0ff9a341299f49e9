import { readEnvironmentDefinition } from '../definitions/environment-definition.ts';
import type { Definition } from '../store/definitions.ts';

/** Where an environment says how long its sessions are kept. */
const METADATA_KEY = 'event_retention_days';

/**
 * How many days the sessions of an environment are kept after their last change; 0 is for ever. An environment of the
 * organization says its own; that of one account may shorten what the operator set, and never lengthen it.
 */
export function toRetentionDays(environment: Definition | undefined, defaultDays: number): number {
  const text = environment && readEnvironmentDefinition(environment).metadata[METADATA_KEY];
  if (environment === undefined || text === undefined || !/^\d{1,5}$/.test(text)) return defaultDays;
  const days = Number(text);
  if (environment.scope === 'organization' || defaultDays === 0) return days;
  return days === 0 ? defaultDays : Math.min(days, defaultDays);
}
