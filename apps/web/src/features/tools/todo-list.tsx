import { clsx } from 'clsx';
import { Check, Circle, CircleDot } from 'lucide-react';

import { chat } from '../../messages/chat.ts';
import type { Todo } from '../../session/session-view.ts';

/** A to-do list. */
export function TodoList({ todos }: { todos: readonly Todo[] }) {
  return (
    <ul className="flex flex-col gap-1">
      {todos.map((todo, index) => (
        <li key={index} className="flex items-start gap-2">
          <TodoMark status={todo.status} />
          <span
            className={clsx(
              'min-w-0 wrap-anywhere',
              todo.status === 'completed' && 'text-muted line-through',
              todo.status === 'in_progress' && 'font-semibold',
            )}
          >
            {todo.content}
          </span>
        </li>
      ))}
    </ul>
  );
}

function TodoMark({ status }: { status: Todo['status'] }) {
  const shared = 'mt-[3px] shrink-0';
  const mark = {
    pending: <Circle size={14} aria-hidden className={clsx(shared, 'text-muted')} />,
    in_progress: <CircleDot size={14} aria-hidden className={clsx(shared, 'text-accent')} />,
    completed: <Check size={14} aria-hidden className={clsx(shared, 'text-ok')} />,
  }[status];
  return (
    <>
      {mark}
      <span className="sr-only">{chat.tools.todoState[status]}: </span>
    </>
  );
}
