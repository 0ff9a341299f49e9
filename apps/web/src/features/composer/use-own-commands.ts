import { useState } from 'react';
import { useLocation } from 'wouter';

import { useServices } from '../../app/services.ts';
import { useSessionStore } from '../../session/session-context.ts';
import { openPanel } from '../panel/panel-route.ts';
import { m } from './messages.ts';
import type { OwnCommand } from './own-commands.ts';

/** Does what our commands say. `problem` is what went wrong with the last one, in words. */
export function useOwnCommands(): { problem: string | null; run: (name: OwnCommand, argument?: string) => void } {
  const { sessions } = useServices();
  const session = useSessionStore();
  const [, navigate] = useLocation();
  const [problem, setProblem] = useState<string | null>(null);

  const rename = async (title: string) => {
    if (title === '') return setProblem(m.nameMissing);
    const refused = await session.update({ title });
    setProblem(refused?.message ?? null);
    const known = sessions.store.getState().byId.get(session.store.getState().sessionId);
    if (refused === null && known !== undefined) sessions.note({ ...known, title });
    return undefined;
  };
  const fork = async () => {
    const last = session.store.getState().view.turns.findLast((turn) => turn.summary !== null);
    if (last === undefined) return setProblem(m.nothingToFork);
    const made = await session.branch(last.id);
    if ('problem' in made) return setProblem(m.forkFailed);
    sessions.note(made.session);
    navigate(`/sessions/${made.session.id}`);
    return undefined;
  };

  const run = (name: OwnCommand, argument = '') => {
    const { sessionId } = session.store.getState();
    setProblem(null);
    switch (name) {
      case 'rename':
        return void rename(argument);
      case 'fork':
        return void fork();
      case 'export':
        return download(`/api/v1/sessions/${encodeURIComponent(sessionId)}/export?format=markdown`);
      case 'changes':
        return openPanel(sessionId, { tab: 'changes' });
      case 'files':
        return openPanel(sessionId, { tab: 'file' });
    }
  };
  return { problem, run };
}

function download(href: string): void {
  const link = document.createElement('a');
  link.href = href;
  link.download = '';
  link.click();
}
