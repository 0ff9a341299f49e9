import type { BackgroundTask } from '@claude-sdk-pattern/protocol';

import { useSession } from '../../session/session-context.ts';
import { formatBytes } from '../../ui/format.ts';
import { m } from './messages.ts';
import { TaskCard } from './task-card.tsx';
import { useMemory } from './use-memory.ts';

/** What the agent runs beside the conversation, then what has ended, with the output of each. */
export function BackgroundTab() {
  const tasks = useSession((state) => state.view.tasks);
  const isRunning = tasks.some(({ status }) => status === 'running');
  const memory = useMemory(isRunning);
  if (tasks.length === 0) {
    return (
      <div className="m-auto flex max-w-72 flex-col items-center gap-2 px-4 py-12 text-center">
        <p className="font-semibold">{m.empty}</p>
        <p className="text-sm text-muted">{m.emptyHelp}</p>
      </div>
    );
  }
  return (
    <div className="min-h-0 flex-1 overflow-y-auto overscroll-contain">
      {memory !== null && <p className="nums px-4 pt-3 text-sm text-muted">{m.memory(formatBytes(memory))}</p>}
      <ul aria-label={m.list} className="divide-y divide-line">
        {toShown(tasks).map((task) => (
          <TaskCard key={task.task_id} task={task} />
        ))}
      </ul>
    </div>
  );
}

/** Those that run first, then the newest end first. */
function toShown(tasks: readonly BackgroundTask[]): BackgroundTask[] {
  const running = tasks.filter(({ status }) => status === 'running');
  const ended = tasks.filter(({ status }) => status !== 'running');
  return [...running, ...ended.toSorted((one, other) => (other.ended_at ?? '').localeCompare(one.ended_at ?? ''))];
}
