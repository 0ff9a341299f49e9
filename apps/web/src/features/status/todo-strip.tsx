import { clsx } from 'clsx';
import { ChevronUp, ListTodo } from 'lucide-react';
import { useState } from 'react';

import { chat } from '../../messages/chat.ts';
import { useSession } from '../../session/session-context.ts';
import { TodoList } from '../tools/todo-list.tsx';

/** The agent's to-do list while it has open entries: the current entry in one line, and all entries on demand. */
export function TodoStrip() {
  const todos = useSession((state) => state.view.todos);
  const [open, setOpen] = useState(false);
  const done = todos.filter((todo) => todo.status === 'completed').length;
  if (todos.length === 0 || done === todos.length) return null;
  const current =
    todos.find((todo) => todo.status === 'in_progress') ?? todos.find((todo) => todo.status === 'pending');
  return (
    <div className="mb-1.5 rounded-md border border-line bg-raised text-sm">
      <button
        type="button"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        className="tap flex w-full items-center gap-2 rounded-md px-3 py-1.5 text-left hover:bg-hover"
      >
        <ListTodo size={14} aria-hidden className="shrink-0 text-muted" />
        <span className="nums shrink-0 font-semibold">{chat.status.todos(done, todos.length)}</span>
        <span className="min-w-0 truncate text-muted">{current?.activeForm ?? current?.content}</span>
        <ChevronUp
          size={14}
          aria-hidden
          className={clsx('ml-auto shrink-0 text-muted transition-transform duration-120', open && 'rotate-180')}
        />
      </button>
      {open && (
        <div
          className="max-h-60 overflow-y-auto border-t border-line px-3 py-2"
          tabIndex={0}
          role="group"
          aria-label={chat.status.todos(done, todos.length)}
        >
          <TodoList todos={todos} />
        </div>
      )}
    </div>
  );
}
