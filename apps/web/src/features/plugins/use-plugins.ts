import type { PluginResource } from '@claude-sdk-pattern/protocol';
import { useCallback } from 'react';

import { useServices } from '../../services/services.ts';
import { useLoaded, type Loaded } from '../../services/use-loaded.ts';

/** All plugins, by name. */
export function usePlugins(): Loaded<readonly PluginResource[]> {
  const { api } = useServices();
  const load = useCallback(
    async (): Promise<readonly PluginResource[]> => (await api.plugins.list()).data.toSorted(byName),
    [api],
  );
  return useLoaded(load);
}

/** One plugin. */
export function usePlugin(name: string): Loaded<PluginResource> {
  const { api } = useServices();
  const load = useCallback(() => api.plugins.get(name), [api, name]);
  return useLoaded(load);
}

function byName(one: PluginResource, other: PluginResource): number {
  return one.display_name.localeCompare(other.display_name);
}
