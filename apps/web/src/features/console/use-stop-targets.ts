import type { StopScope } from '@claude-sdk-pattern/protocol';
import { useCallback } from 'react';

import { useServices } from '../../services/services.ts';
import { useLoaded } from '../../services/use-loaded.ts';

/** What can be chosen for a scope: an id, and its name for people. */
export interface StopTarget {
  id: string;
  name: string;
}

/** The people, agents or plugins that can be stopped; null while they load, and for scopes without a target. */
export function useStopTargets(scope: StopScope): { targets: readonly StopTarget[] | null; failed: boolean } {
  const { api } = useServices();
  const load = useCallback(async (): Promise<{ scope: StopScope; targets: StopTarget[] }> => {
    switch (scope) {
      case 'user': {
        const { data } = await api.listUsers(null);
        return { scope, targets: data.map(({ id, name, email }) => ({ id, name: `${name} (${email})` })) };
      }
      case 'agent': {
        const { data } = await api.secrets.listAgents();
        return { scope, targets: data.map(({ id, name }) => ({ id, name })) };
      }
      case 'plugin': {
        const { data } = await api.plugins.list();
        return { scope, targets: data.map(({ name, display_name: shown }) => ({ id: name, name: shown })) };
      }
      case 'platform':
      case 'node':
        return { scope, targets: [] };
    }
  }, [api, scope]);
  const { value, problem } = useLoaded(load);
  return { targets: value?.scope === scope ? value.targets : null, failed: problem !== null };
}
