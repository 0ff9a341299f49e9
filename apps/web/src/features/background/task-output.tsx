import type { BackgroundTask } from '@claude-sdk-pattern/protocol';
import { useLayoutEffect, useMemo, useRef } from 'react';

import { formatBytes } from '../../ui/format.ts';
import { toAnsiLines } from '../tools/ansi-lines.ts';
import { AnsiText } from '../tools/ansi-text.tsx';
import { m } from './messages.ts';
import { useTaskOutput } from './use-task-output.ts';

/** Of long outputs, the newest lines. */
const MAX_LINES = 500;
/** How near to the end a reader counts as following it, in pixels. */
const NEAR_END = 24;

/** The end of what a command has printed. It follows new lines unless somebody has scrolled up. */
export function TaskOutput({ task }: { task: BackgroundTask }) {
  const read = useTaskOutput(task.task_id, task.status === 'running');
  const text = read === null || read === 'gone' ? '' : read.output;
  const lines = useMemo(() => toAnsiLines(text).slice(-MAX_LINES), [text]);
  const box = useRef<HTMLDivElement>(null);
  const follows = useRef(true);
  useLayoutEffect(() => {
    if (follows.current && box.current !== null) box.current.scrollTop = box.current.scrollHeight;
  }, [lines]);
  if (read === null) return null;
  if (read === 'gone') {
    return <p className="text-sm text-muted">{task.status === 'running' ? m.noOutput : m.outputGone}</p>;
  }
  if (text === '') return <p className="text-sm text-muted">{m.noOutput}</p>;
  return (
    <>
      {read.truncated && <p className="nums pb-1 text-xs text-muted">{m.cut(formatBytes(read.total_bytes))}</p>}
      <div
        ref={box}
        role="region"
        aria-label={m.outputOf(task.description)}
        // Scrolled by keys.
        tabIndex={0}
        onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
          follows.current = scrollHeight - scrollTop - clientHeight < NEAR_END;
        }}
        className="code-text max-h-64 overflow-auto rounded-sm border border-line bg-surface p-2 whitespace-pre-wrap wrap-anywhere"
      >
        <AnsiText lines={lines} />
      </div>
    </>
  );
}
