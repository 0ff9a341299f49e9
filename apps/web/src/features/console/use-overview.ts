import type { OverviewResource } from '@claude-sdk-pattern/protocol';
import { useEffect, useState } from 'react';

import { useServices } from '../../services/services.ts';

/** How the server is, as it tells every 2 s; null before it has told. While the line is down, the last one stays. */
export function useOverview(): OverviewResource | null {
  const { client } = useServices();
  const [overview, setOverview] = useState<OverviewResource | null>(null);
  useEffect(() => client.watchOverview(setOverview), [client]);
  return overview;
}
