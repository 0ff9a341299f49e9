import { useCallback, useState } from 'react';

import { toHref } from '../../api/base-path.ts';
import { useServices } from '../../services/services.ts';
import { useSessionStore } from '../../session/session-context.ts';
import { openPanel } from '../../services/panel-route.ts';
import { useBranch } from '../../services/use-branch.ts';
import { m } from './messages.ts';
import type { OwnCommand } from './own-commands.ts';

export interface OwnCommands {
  /** The message of the last command that failed. */
  problem: string | null;
  run: (name: OwnCommand, argument?: string) => void;
}

/** Runs the app's own commands. */
export function useOwnCommands(): OwnCommands {
  const { sessions, api } = useServices();
  const session = useSessionStore();
  const [problem, setProblem] = useState<string | null>(null);

  const rename = useCallback(
    async (title: string): Promise<string | null> => {
      if (title === '') return m.nameMissing;
      const refused = await session.update({ title });
      if (refused !== null) return refused.message;
      const known = sessions.store.getState().byId.get(session.store.getState().sessionId);
      if (known !== undefined) sessions.note({ ...known, title });
      return null;
    },
    [session, sessions],
  );

  const branch = useBranch();
  const fork = useCallback(async (): Promise<string | null> => {
    const refused = await branch();
    return refused === null ? null : refused === 'nothing' ? m.nothingToFork : m.forkFailed;
  }, [branch]);

  const reload = useCallback(
    async (sessionId: string): Promise<string | null> => {
      try {
        await api.reloadSession(sessionId);
        return null;
      } catch {
        return m.reloadFailed;
      }
    },
    [api],
  );

  const run = useCallback(
    (name: OwnCommand, argument = '') => {
      const { sessionId } = session.store.getState();
      setProblem(null);
      switch (name) {
        case 'rename':
          return void rename(argument).then(setProblem);
        case 'fork':
          return void fork().then(setProblem);
        case 'export':
          return download(toHref(`/api/v1/sessions/${encodeURIComponent(sessionId)}/export?format=markdown`));
        case 'reload':
          return void reload(sessionId).then(setProblem);
        case 'changes':
          return openPanel(sessionId, { tab: 'changes' });
        case 'servers':
          return openPanel(sessionId, { tab: 'servers' });
        case 'files':
          return openPanel(sessionId, { tab: 'file' });
      }
    },
    [session, rename, fork, reload],
  );
  return { problem, run };
}

function download(href: string): void {
  const link = document.createElement('a');
  link.href = href;
  link.download = '';
  link.click();
}
