import type { McpSignInResource } from '@claude-sdk-pattern/protocol';
import { useState, type ReactNode } from 'react';

import { useServices } from '../../services/services.ts';
import { toProblem, type Problem } from '../../session/problem.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { t } from './messages.ts';

export interface SignOut {
  /** Asks whether to end a sign-in, and ends it. */
  ask: (signIn: McpSignInResource) => void;
  /** The question that is open; null for none. */
  dialog: ReactNode;
  /** Why the last one could not be ended. */
  problem: Problem | null;
}

/** Ends sign-ins to MCP servers. `onEnded` is told after each try. */
export function useSignOut(onEnded: () => void): SignOut {
  const { api, announcer } = useServices();
  const [ending, setEnding] = useState<McpSignInResource | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const end = async (signIn: McpSignInResource) => {
    setEnding(null);
    try {
      await api.mcpSignIns.end(signIn);
      announcer.say(t.signedOut(signIn.server_name));
      setProblem(null);
    } catch (error) {
      setProblem(toProblem(error));
    }
    onEnded();
  };
  return {
    ...{ ask: setEnding, problem },
    dialog: ending !== null && (
      <ConfirmDialog
        title={t.signOutOf(ending.server_name)}
        help={t.signOutHelp}
        confirm={t.signOut}
        onConfirm={() => void end(ending)}
        onClose={() => setEnding(null)}
      />
    ),
  };
}
