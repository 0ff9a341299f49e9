import type { PluginResource } from '@claude-sdk-pattern/protocol';
import { useCallback, useMemo } from 'react';

import { useServices } from '../../services/services.ts';
import { useLoaded } from '../../services/use-loaded.ts';
import { filterCommands, type Suggestion, type SuggestionSource } from './suggestions.ts';

/**
 * The suggestions where a session has yet to begin: the skills and commands of active plugins. Undefined while there are none.
 */
export function usePluginCommands(): SuggestionSource | undefined {
  const { api } = useServices();
  const load = useCallback(async () => (await api.plugins.list()).data.flatMap(toSuggestions), [api]);
  const { value } = useLoaded(load);
  return useMemo(() => {
    if (value === null || value.length === 0) return undefined;
    return {
      hasFiles: false,
      find: async ({ query }) => ({ items: filterCommands(value, query), truncated: false }),
    };
  }, [value]);
}

/** As Claude Code names them: `/PLUGIN:NAME`. */
function toSuggestions({ name, display_name, state, parts }: PluginResource): Suggestion[] {
  if (state !== 'active') return [];
  const invoked = new Set(parts.filter(({ kind }) => kind === 'skill' || kind === 'command').map((part) => part.name));
  return [...invoked].map((each) => ({
    id: `agent:${name}:${each}`,
    group: 'agent',
    insert: `/${name}:${each}`,
    label: `${name}:${each}`,
    detail: '',
    hint: '',
    plugin: { name, display_name },
  }));
}
