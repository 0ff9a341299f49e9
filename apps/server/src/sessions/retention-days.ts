import { readEnvironmentDefinition } from '../definitions/environment-definition.ts';
import type { Definition } from '../store/definitions.ts';

/** Key of an environment's metadata. */
const METADATA_KEY = 'event_retention_days';

/**
 * How many days after their last change the sessions of an environment are kept; 0 is for ever. An environment of the
 * organization sets its own number; one of a single account can only shorten what the operator set.
 */
export function toRetentionDays(environment: Definition | undefined, defaultDays: number): number {
  const text = environment && readEnvironmentDefinition(environment).metadata[METADATA_KEY];
  if (environment === undefined || text === undefined || !/^\d{1,5}$/.test(text)) return defaultDays;
  const days = Number(text);
  if (environment.scope === 'organization' || defaultDays === 0) return days;
  return days === 0 ? defaultDays : Math.min(days, defaultDays);
}
