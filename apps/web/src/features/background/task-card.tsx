import type { BackgroundTask } from '@claude-sdk-pattern/protocol';
import { clsx } from 'clsx';
import { ChevronRight } from 'lucide-react';
import { useId, useState } from 'react';

import { useServices } from '../../services/services.ts';
import { useMayDrive } from '../../services/session-level.ts';
import { useSession } from '../../session/session-context.ts';
import { toProblem } from '../../session/problem.ts';
import { Button } from '../../ui/button.tsx';
import { formatDuration } from '../../ui/format.ts';
import { useNow } from '../../ui/use-now.ts';
import { VisibleText } from '../../ui/visible-text.tsx';
import { m } from './messages.ts';
import { TaskOutput } from './task-output.tsx';

/** A task: what it is, how long it runs, its output, and a button that ends it. */
export function TaskCard({ task }: { task: BackgroundTask }) {
  const mayDrive = useMayDrive();
  const isRunning = task.status === 'running';
  const [open, setOpen] = useState(isRunning);
  const id = useId();
  return (
    <li className="flex flex-col gap-1.5 px-4 py-3">
      <div className="flex items-start gap-3">
        <div className="min-w-0 flex-1">
          <h3 className="font-semibold wrap-anywhere">
            <VisibleText text={task.description} />
          </h3>
          <TaskFacts task={task} />
        </div>
        {isRunning && mayDrive && <StopButton task={task} />}
      </div>
      {task.command !== null && (
        <code className="code-text line-clamp-3 wrap-anywhere" title={task.command}>
          <VisibleText text={task.command} />
        </code>
      )}
      {task.kind === 'command' && (
        <>
          <button
            type="button"
            aria-expanded={open}
            aria-controls={id}
            aria-label={m.outputOf(task.description)}
            onClick={() => setOpen(!open)}
            className="tap -ml-1 flex min-h-7 items-center gap-1.5 self-start rounded-sm px-1 text-sm font-semibold hover:bg-hover"
          >
            <ChevronRight
              size={14}
              aria-hidden
              className={clsx('text-muted transition-transform duration-120', open && 'rotate-90')}
            />
            {m.showOutput}
          </button>
          {open && (
            <div id={id}>
              <TaskOutput task={task} />
            </div>
          )}
        </>
      )}
    </li>
  );
}

function TaskFacts({ task }: { task: BackgroundTask }) {
  const isRunning = task.status === 'running';
  const now = useNow(1000, isRunning);
  const time = formatDuration((task.ended_at === null ? now : Date.parse(task.ended_at)) - Date.parse(task.started_at));
  if (task.status === 'running') return <p className="nums text-sm text-ok">{m.runs(time)}</p>;
  const facts = [
    m.states[task.status],
    ...(task.exit_code !== null && task.exit_code !== 0 ? [m.code(task.exit_code)] : []),
    m.ran(time),
  ];
  return (
    <p className={clsx('nums text-sm', task.status === 'failed' ? 'text-bad' : 'text-muted')}>{facts.join(' · ')}</p>
  );
}

function StopButton({ task }: { task: BackgroundTask }) {
  const { api, announcer } = useServices();
  const sessionId = useSession((state) => state.sessionId);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const stop = async () => {
    if (busy) return;
    setBusy(true);
    setProblem(null);
    announcer.say(m.stopping);
    try {
      // The event of its end takes the button away.
      await api.background.stop(sessionId, task.task_id);
    } catch (error) {
      setBusy(false);
      setProblem(`${m.stopFailed} ${toProblem(error).message}`);
    }
  };
  return (
    <div className="flex max-w-40 flex-col items-end gap-1">
      <Button size="small" busy={busy} aria-label={m.stopOf(task.description)} onClick={() => void stop()}>
        {m.stop}
      </Button>
      {problem !== null && (
        <p role="alert" className="text-right text-xs text-bad">
          {problem}
        </p>
      )}
    </div>
  );
}
