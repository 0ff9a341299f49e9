import { chat } from '../../messages/chat.ts';
import type { ToolItem } from '../../session/items.ts';
import { useSession } from '../../session/session-context.ts';
import type { SessionView, Todo } from '../../session/session-view.ts';
import { FailureText } from './failure-text.tsx';
import { TodoList } from './todo-list.tsx';
import { isRecord, readText } from './tool-values.ts';

/** One entry of the to-do list that the agent created or changed. */
export function TaskBody({ item }: { item: ToolItem }) {
  const taskId = readText(item.input, 'taskId');
  const known = useSession((state) => findSubject(state.view, taskId));
  const subject = readText(item.input, 'subject') || known || chat.tools.todo(taskId);
  const description = readText(item.input, 'description');
  const status = readText(item.input, 'status');
  return (
    <div className="flex flex-col gap-2">
      {status === 'deleted' ? (
        <p>
          <span className="text-muted">{chat.tools.todoDeleted}:</span> {subject}
        </p>
      ) : (
        <TodoList todos={[{ content: subject, status: toStatus(status), activeForm: null }]} />
      )}
      {description !== '' && description !== subject && (
        <p className="text-sm wrap-anywhere whitespace-pre-wrap text-muted">{description}</p>
      )}
      <FailureText item={item} />
    </div>
  );
}

/** The title of an entry, from the call that created it; empty if that call is not loaded. */
function findSubject({ items }: SessionView, taskId: string): string {
  if (taskId === '') return '';
  for (const item of items.values()) {
    if (item.kind !== 'tool' || item.name !== 'TaskCreate' || !isRecord(item.structured)) continue;
    if (readText(item.structured['task'], 'id') === taskId) return readText(item.input, 'subject');
  }
  return '';
}

function toStatus(status: string): Todo['status'] {
  return status === 'completed' || status === 'in_progress' ? status : 'pending';
}
