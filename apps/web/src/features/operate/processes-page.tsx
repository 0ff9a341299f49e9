import type { ProcessList, ProcessResource } from '@claude-sdk-pattern/protocol';
import { Cpu } from 'lucide-react';
import { useState } from 'react';

import type { ProcessAction } from '../../api/api.ts';
import { SectionHeader } from '../../services/section-header.tsx';
import { useServices } from '../../services/services.ts';
import { toProblem, type Problem } from '../../session/problem.ts';
import { ActionDialog } from './action-dialog.tsx';
import { formatMemory } from './format-memory.ts';
import { sumMemory } from './memory-of.ts';
import { t } from './messages.ts';
import { PoolSection } from './pool-section.tsx';
import { ProcessCard } from './process-card.tsx';
import { Trouble } from '../../ui/trouble.tsx';
import { useProcesses } from './use-processes.ts';

/** For operators: every agent process of the server, and the actions on each. */
export function ProcessesPage() {
  const { api, announcer } = useServices();
  const { list, problem, reload } = useProcesses();
  const [asked, setAsked] = useState<{ action: ProcessAction; process: ProcessResource } | null>(null);
  const [failure, setFailure] = useState<{ action: ProcessAction; problem: Problem } | null>(null);

  const run = async (sessionId: string, action: ProcessAction) => {
    setAsked(null);
    setFailure(null);
    try {
      await api.commandProcess(sessionId, action);
      announcer.say(t.done[action]);
    } catch (error) {
      setFailure({ action, problem: toProblem(error) });
    }
    reload();
  };
  return (
    <div className="h-full overflow-y-auto">
      <SectionHeader title={t.title} />
      <div className="mx-auto flex w-full max-w-[960px] flex-col gap-4 px-4 py-6">
        {list !== null && <Summary list={list} />}
        {failure !== null && <Trouble text={t.actionFailed(t.actions[failure.action])} problem={failure.problem} />}
        {problem !== null && (
          <Trouble
            text={problem.kind === 'denied' ? t.onlyOperators : list === null ? t.failed : t.stale}
            problem={problem.kind === 'denied' ? null : problem}
            onRetry={reload}
          />
        )}
        {list !== null && list.pool.start_failures > 0 && (
          <Trouble text={t.sparesFail(list.pool.start_failures, list.pool.last_failure ?? '')} problem={null} />
        )}
        {list?.data.length === 0 && <Nothing />}
        <ul className="flex flex-col gap-2">
          {list?.data.map((process, index) => (
            <ProcessCard
              // A spare has neither where the host reports no pids.
              key={process.session_id ?? process.pid ?? `spare-${index}`}
              process={process}
              onAction={(action) => setAsked({ action, process })}
            />
          ))}
        </ul>
        {list !== null && <PoolSection pool={list.pool} />}
        {list !== null && <p className="text-sm wrap-anywhere text-muted">{t.node(list.node_id)}</p>}
      </div>
      {asked !== null && (
        <ActionDialog
          {...asked}
          onClose={() => setAsked(null)}
          onConfirm={() => void run(asked.process.session_id ?? '', asked.action)}
        />
      )}
    </div>
  );
}

function Summary({ list }: { list: ProcessList }) {
  return (
    <p className="nums flex flex-wrap gap-x-1.5 text-muted">
      <span>{t.summary(list.data.length, list.limits.max_processes)}</span>
      <span aria-hidden>·</span>
      <span>{t.memoryInAll(formatMemory(sumMemory(list.data)))}</span>
      {list.pool.wanted > 0 && (
        <>
          <span aria-hidden>·</span>
          <span>{t.spares(list.pool.ready, list.pool.wanted)}</span>
        </>
      )}
      {list.queue_length > 0 && (
        <span className="font-semibold text-warn">
          <span aria-hidden>· </span>
          {t.waiting(list.queue_length)}
        </span>
      )}
    </p>
  );
}

function Nothing() {
  return (
    <div className="py-16 text-center">
      <Cpu size={24} aria-hidden className="mx-auto mb-3 text-muted" />
      <p className="font-semibold">{t.empty}</p>
      <p className="text-muted">{t.emptyHelp}</p>
    </div>
  );
}
