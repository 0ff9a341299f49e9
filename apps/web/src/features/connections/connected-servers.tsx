import type { McpSignInResource } from '@claude-sdk-pattern/protocol';
import { useState } from 'react';

import { useServices } from '../../services/services.ts';
import { toProblem, type Problem } from '../../session/problem.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { Trouble } from '../../ui/trouble.tsx';
import { t } from './messages.ts';
import { SignInRow } from './sign-in-row.tsx';
import { useMcpSignIns } from './use-mcp-sign-ins.ts';

/** A person's own sign-ins to MCP servers: how each is, and the way out. */
export function ConnectedServers() {
  const { api, announcer } = useServices();
  const { value, problem, reload } = useMcpSignIns();
  const [ending, setEnding] = useState<McpSignInResource | null>(null);
  const [failure, setFailure] = useState<Problem | null>(null);
  const own = value?.filter(({ scope }) => scope === 'user') ?? null;

  const end = async (signIn: McpSignInResource) => {
    setEnding(null);
    try {
      await api.mcpSignIns.end(signIn);
      announcer.say(t.signedOut(signIn.server_name));
      setFailure(null);
    } catch (error) {
      setFailure(toProblem(error));
    }
    reload();
  };
  return (
    <div className="flex flex-col">
      <p className="px-4 py-3 text-sm text-muted">{own?.length === 0 ? t.none : t.lead}</p>
      {problem !== null && (
        <div className="mx-4 mb-3">
          <Trouble text={t.failed} problem={problem} onRetry={reload} />
        </div>
      )}
      {failure !== null && (
        <div className="mx-4 mb-3">
          <Trouble text={t.endFailed} problem={failure} />
        </div>
      )}
      {own !== null && own.length > 0 && (
        <ul aria-label={t.title} className="border-t border-line">
          {own.map((signIn) => (
            <SignInRow key={signIn.id} signIn={signIn} onEnd={() => setEnding(signIn)} />
          ))}
        </ul>
      )}
      {ending !== null && (
        <ConfirmDialog
          title={t.signOutOf(ending.server_name)}
          help={t.signOutHelp}
          confirm={t.signOut}
          onConfirm={() => void end(ending)}
          onClose={() => setEnding(null)}
        />
      )}
    </div>
  );
}
