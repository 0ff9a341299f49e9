import type { McpSignInBeginning, McpSignInResource } from '@claude-sdk-pattern/protocol';
import { useState } from 'react';

import { toAppPath } from '../../api/base-path.ts';
import type { McpSignInServer } from '../../api/mcp-sign-in-api.ts';
import { useServices } from '../../services/services.ts';
import { toProblem, type Problem } from '../../session/problem.ts';

/** Begins the sign-in to an MCP server, and leads the browser to its authorization server once the person has seen whose token goes where. */
export function useBeginSignIn(server: McpSignInServer, scope: McpSignInResource['scope']) {
  const { api } = useServices();
  const [busy, setBusy] = useState(false);
  const [beginning, setBeginning] = useState<McpSignInBeginning | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const begin = () => {
    if (busy) return;
    setBusy(true);
    setProblem(null);
    const { pathname, search } = location;
    api.mcpSignIns
      .begin(server, { scope, returnTo: `${toAppPath(pathname)}${search}` })
      .then(setBeginning, (error: unknown) => {
        setProblem(toProblem(error));
        setBusy(false);
      });
  };
  const leave = () => {
    if (beginning !== null) location.assign(beginning.authorization_url);
  };
  const cancel = () => {
    setBeginning(null);
    setBusy(false);
  };
  return { begin, beginning, leave, cancel, busy, problem };
}
