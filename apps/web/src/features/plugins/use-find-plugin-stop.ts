import type { StopResource } from '@claude-sdk-pattern/protocol';

import { useOverview } from '../console/use-overview.ts';

/** Finds the stop of a plugin by its name, live. Operators alone are told of stops: others see none. */
export function useFindPluginStop(): (plugin: string) => StopResource | undefined {
  const overview = useOverview();
  return (plugin) => overview?.stops.find(({ scope, target_id: name }) => scope === 'plugin' && name === plugin);
}
