import { Clock } from 'lucide-react';

import { chat } from '../../messages/chat.ts';
import { describeEnd } from '../../session/background-tasks.ts';
import type { ReportItem } from '../../session/items.ts';
import { VisibleText } from '../../ui/visible-text.tsx';

/** What ended in the background: an article whose heading opens the turn, as a person's message does. */
export function ReportRow({ item, turnNumber }: { item: ReportItem; turnNumber: number | null }) {
  return (
    <article aria-labelledby={`turn-${item.id}`} className="flex flex-col items-end pt-3 pb-4">
      <h2 id={`turn-${item.id}`} className="sr-only">
        {chat.transcript.turnHeading(turnNumber, chat.transcript.background)}
      </h2>
      <p aria-hidden className="mb-1 flex items-center gap-1.5 px-1 text-xs text-muted">
        <Clock size={12} aria-hidden />
        {chat.transcript.background}
      </p>
      <div className="max-w-[88%] min-w-0 rounded-lg border border-line px-4 py-2.5">
        {item.tasks.length === 0 && <p>{chat.transcript.somethingEnded}</p>}
        {item.tasks.map((task) => (
          <p key={task.task_id} className="line-clamp-3 wrap-anywhere" title={task.description}>
            {task.command === null ? (
              <VisibleText text={task.description} />
            ) : (
              <code className="code-text">
                <VisibleText text={task.command} />
              </code>
            )}{' '}
            {describeEnd(task)}
          </p>
        ))}
      </div>
    </article>
  );
}
