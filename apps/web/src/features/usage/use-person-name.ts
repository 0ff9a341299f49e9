import { useEffect, useState } from 'react';

import { useServices } from '../../services/services.ts';

/** The name of a person whose id the address has; null until it is known, and where nobody has it. */
export function usePersonName(id: string | null): string | null {
  const { api } = useServices();
  const [found, setFound] = useState<{ id: string; name: string } | null>(null);
  useEffect(() => {
    if (id === null) return undefined;
    const ending = new AbortController();
    const query = { from: '2020-01-01', to: '2099-12-31', group_by: 'user', user_id: id, limit: 1 } as const;
    api.getUsage(query, ending.signal).then(
      ({ data: [group] }) => setFound(group?.name == null ? null : { id, name: group.name }),
      // The report of the same page says what is wrong.
      () => {},
    );
    return () => ending.abort();
  }, [api, id]);
  return found?.id === id ? found.name : null;
}
