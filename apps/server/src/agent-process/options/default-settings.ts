import { DEFAULT_AGENT_ID, DEFAULT_AGENT_NAME, toDefaultAgent } from '../../definitions/defaults.ts';
import { toEnvironmentDefinition } from '../../definitions/environment-definition.ts';
import { toProfileSettings, type ProfileSettings } from './profile-settings.ts';

/** Start settings of the platform's own agent and environment while both are unchanged. */
export function toDefaultProfileSettings(): ProfileSettings {
  const { metadata: _, ...agent } = toDefaultAgent();
  return toProfileSettings(
    { id: DEFAULT_AGENT_ID, version: 1, name: DEFAULT_AGENT_NAME, ...agent },
    toEnvironmentDefinition({ name: 'Default environment' }),
  );
}
