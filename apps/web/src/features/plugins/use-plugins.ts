import type { PluginResource } from '@claude-sdk-pattern/protocol';
import { useCallback, useEffect, useState } from 'react';

import { useServices } from '../../services/services.ts';
import { toProblem, type Problem } from '../../session/problem.ts';

export interface Loaded<T> {
  /** Null until the first answer. */
  value: T | null;
  problem: Problem | null;
  reload: () => void;
  put: (value: T) => void;
}

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

function useLoaded<T>(load: () => Promise<T>): Loaded<T> {
  const [value, setValue] = useState<T | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const reload = useCallback(() => {
    load().then(
      (loaded) => {
        setValue(() => loaded);
        setProblem(null);
      },
      (error: unknown) => setProblem(toProblem(error)),
    );
  }, [load]);
  useEffect(reload, [reload]);
  return { value, problem, reload, put: (next) => setValue(() => next) };
}

function byName(one: PluginResource, other: PluginResource): number {
  return one.display_name.localeCompare(other.display_name);
}
