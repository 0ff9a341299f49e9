import type { PluginResource, SecretResource } from '@claude-sdk-pattern/protocol';
import { useCallback, useEffect, useState } from 'react';

import { useServices } from '../../services/services.ts';
import { useLoaded, type Loaded } from '../../services/use-loaded.ts';
import { listSecretUses, type SecretUse } from './list-secret-uses.ts';

/** The secrets of this scope that the user may see, without their values. */
export function useSecrets(scope: SecretResource['scope']): Loaded<readonly SecretResource[]> {
  const { api } = useServices();
  const load = useCallback(
    async (): Promise<readonly SecretResource[]> => (await api.secrets.list(scope)).data,
    [api, scope],
  );
  return useLoaded(load);
}

/** Which plugins ask for which secret; null while that is not known. Also where it cannot be, secrets can be set. */
export function useSecretUses(): ReadonlyMap<string, readonly SecretUse[]> | null {
  const { api } = useServices();
  const [plugins, setPlugins] = useState<readonly PluginResource[] | null>(null);
  useEffect(() => {
    api.plugins.list().then(
      ({ data }) => setPlugins(data),
      () => {},
    );
  }, [api]);
  return plugins === null ? null : listSecretUses(plugins);
}
