import type { McpSignInResource } from '@claude-sdk-pattern/protocol';
import { useState } from 'react';

import type { McpSignInServer } from '../../api/mcp-sign-in-api.ts';
import { useServices } from '../../services/services.ts';
import { toProblem, type Problem } from '../../session/problem.ts';

/** Leads the browser to the authorization server of an MCP server; it comes back to this page. */
export function useBeginSignIn(server: McpSignInServer, scope: McpSignInResource['scope']) {
  const { api } = useServices();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const begin = () => {
    if (busy) return;
    setBusy(true);
    setProblem(null);
    const { pathname, search } = location;
    api.mcpSignIns.begin(server, { scope, returnTo: `${pathname}${search}` }).then(
      ({ authorization_url: url }) => location.assign(url),
      (error: unknown) => {
        setProblem(toProblem(error));
        setBusy(false);
      },
    );
  };
  return { begin, busy, problem };
}
