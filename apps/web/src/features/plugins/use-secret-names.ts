import { useEffect, useState } from 'react';

import { useServices } from '../../services/services.ts';

/** The names of the platform's secrets, to choose from; none while they load or cannot be loaded. */
export function useSecretNames(isNeeded: boolean): readonly string[] {
  const { api } = useServices();
  const [names, setNames] = useState<readonly string[]>([]);
  useEffect(() => {
    if (!isNeeded) return;
    api.secrets.list('platform').then(
      ({ data }) => setNames(data.map(({ name }) => name)),
      // The name can be typed in as well.
      () => {},
    );
  }, [api, isNeeded]);
  return names;
}
