import type { McpSignInResource } from '@claude-sdk-pattern/protocol';
import { useCallback } from 'react';

import { useServices } from '../../services/services.ts';
import { useLoaded, type Loaded } from '../../services/use-loaded.ts';

/** The sign-ins to MCP servers that the user may see: their own and, for operators, the platform's. */
export function useMcpSignIns(): Loaded<readonly McpSignInResource[]> {
  const { api } = useServices();
  const load = useCallback(
    async (): Promise<readonly McpSignInResource[]> => (await api.mcpSignIns.list()).data,
    [api],
  );
  return useLoaded(load);
}
