import type { ToolItem } from '../../session/items.ts';
import type { Todo } from '../../session/session-view.ts';
import { FailureText } from './failure-text.tsx';
import { TodoList } from './todo-list.tsx';
import { readList, readText } from './tool-values.ts';

/** The to-do list as the agent wrote it. */
export function TodoBody({ item }: { item: ToolItem }) {
  return (
    <div className="flex flex-col gap-2">
      <TodoList todos={readList(item.input, 'todos').map(toTodo)} />
      <FailureText item={item} />
    </div>
  );
}

function toTodo(entry: unknown): Todo {
  const status = readText(entry, 'status');
  return {
    content: readText(entry, 'content'),
    status: status === 'completed' || status === 'in_progress' ? status : 'pending',
    activeForm: readText(entry, 'activeForm') || null,
  };
}
