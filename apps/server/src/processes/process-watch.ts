import { CspError } from '@claude-sdk-pattern/protocol';

import { Supervisor, type ProcessOwner, type SupervisorDeps, type SweepReport } from './supervisor.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Spare } from './warm-pool.ts';
import type { ProcessHolder } from './process-holder.ts';

export interface ProcessWatchDeps extends Pick<SupervisorDeps, 'host' | 'limits' | 'clock' | 'logger'> {
  holders(): readonly ProcessHolder[];
  pool: { readonly spares: readonly Spare[] };
  metrics: Metrics;
}

/** Connects the supervisor to the process holders: it sends them its actions, and its samples to the metrics. */
export function createProcessWatch(deps: ProcessWatchDeps): Supervisor {
  const { holders, pool, metrics, logger } = deps;

  const listOwners = (): ProcessOwner[] => [
    ...holders().flatMap((holder) => {
      const { processId: id } = holder.process;
      return id === undefined
        ? []
        : [{ id, sessionId: holder.session.id, isWorking: holder.idleSinceMs === undefined }];
    }),
    ...pool.spares.flatMap(({ agent: { processId: id } }) =>
      id === undefined ? [] : [{ id, sessionId: null, isWorking: false }],
    ),
  ];

  return new Supervisor({
    ...deps,
    listOwners,
    onAction({ id, sessionId }, action) {
      if (sessionId === null) {
        // The pool notices its end and starts another one.
        const cause = action.type === 'hibernate' ? 'asked' : 'memory';
        pool.spares.find(({ agent }) => agent.processId === id)?.agent.kill(cause);
        return;
      }
      const holder = holders().find((each) => each.session.id === sessionId);
      if (holder === undefined) return;
      act(holder, action).catch((error: unknown) => {
        // All of them end with the server.
        if (error instanceof CspError && error.code === 'stopping') return;
        logger.error(
          { err: error, session_id: sessionId, action: action.type },
          'an agent process could not be bounded',
        );
      });
    },
    onSweep: (report) => measure(metrics, report),
  });
}

async function act(holder: ProcessHolder, action: Parameters<SupervisorDeps['onAction']>[1]): Promise<void> {
  switch (action.type) {
    case 'restart_now':
      return holder.restart('memory', { when: 'now' });
    case 'restart_at_end_of_turn':
      return holder.restart('memory', { when: 'idle' });
    case 'hibernate':
      return holder.hibernateWhenIdle('duration');
    case 'warn_duration':
      return holder.notify('info', toDurationNotice(action.remainingSeconds));
  }
}

function toDurationNotice(remainingSeconds: number): string {
  const minutes = Math.max(1, Math.round(remainingSeconds / 60));
  return (
    `This session's process has been running for long. In about ${minutes} min, or when the turn that runs then has ended, ` +
    'it goes to sleep. Nothing is lost: the next message wakes it.'
  );
}

function measure(metrics: Metrics, { trees, unownedProcesses, ended, tooMany, durationMs }: SweepReport): void {
  const sessions = trees.filter(({ owner }) => owner.sessionId !== null);
  const working = sessions.filter(({ owner }) => owner.isWorking).length;
  metrics.agentProcesses.set({ state: 'working' }, working);
  metrics.agentProcesses.set({ state: 'idle' }, sessions.length - working);
  metrics.agentProcesses.set({ state: 'spare' }, trees.length - sessions.length);
  metrics.agentProcesses.set({ state: 'unowned' }, unownedProcesses);
  for (const [gauge, values] of [
    [metrics.agentProcessRssBytes, trees.map(({ rssBytes }) => rssBytes)],
    [metrics.agentProcessPssBytes, trees.map(({ pssBytes }) => pssBytes ?? 0)],
  ] as const) {
    gauge.set(
      { of: 'sum' },
      values.reduce((sum, value) => sum + value, 0),
    );
    gauge.set({ of: 'max' }, Math.max(0, ...values));
  }
  metrics.orphansEnded.inc(ended);
  metrics.agentProcessExcess.set(tooMany ? 1 : 0);
  metrics.supervisorSweepDuration.observe(durationMs / 1000);
}
