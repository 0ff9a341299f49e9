import { DEFAULT_AGENT_ID, DEFAULT_AGENT_NAME, toDefaultAgent } from '../../definitions/defaults.ts';
import { toEnvironmentDefinition } from '../../definitions/environment-definition.ts';
import { toProfileSettings, type ProfileSettings } from './profile-settings.ts';

/** Start settings of the platform's own agent and environment while both are unchanged, without plugins. */
export function toDefaultProfileSettings(): ProfileSettings {
  const { metadata: _, ...agent } = toDefaultAgent();
  return toProfileSettings({
    agent: { id: DEFAULT_AGENT_ID, version: 1, name: DEFAULT_AGENT_NAME, ...agent },
    environment: toEnvironmentDefinition({ name: 'Default environment' }),
    plugins: [],
    nodePath: process.execPath,
  });
}
