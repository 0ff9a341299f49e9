import type { TodosUpdatedEvent } from '@claude-sdk-pattern/protocol';
import { z } from 'zod';

import { stamp, toEvent, type TranslationContext, type TranslationOutput } from './translation.ts';
import type { TranslationState } from './translation-state.ts';

type Todo = TodosUpdatedEvent['todos'][number];

const todoStatus = z.enum(['pending', 'in_progress', 'completed']);

// Inputs and outputs of the tools as sdk-tools.d.ts of SDK 0.3.330 types them.
const todoWriteInput = z.object({
  todos: z.array(z.object({ content: z.string(), status: todoStatus, activeForm: z.string().optional() })),
});
const taskCreateInput = z.object({ subject: z.string(), activeForm: z.string().optional() });
const taskCreateOutput = z.object({ task: z.object({ id: z.string() }) });
const taskUpdateInput = z.object({
  taskId: z.string(),
  subject: z.string().optional(),
  activeForm: z.string().optional(),
  status: z.union([todoStatus, z.literal('deleted')]).optional(),
});

/** Follows the to-do tools of Claude Code, so that clients get the whole list after each change. */
export function foldTodos(
  state: TranslationState,
  call: { name: string; input: unknown; session_thread_id?: string | null },
  output: unknown,
  context: TranslationContext,
): { state: TranslationState; outputs: TranslationOutput[] } {
  const tasks = foldTasks(state.tasks, call, output);
  if (tasks === undefined) return { state, outputs: [] };
  const event: TodosUpdatedEvent = {
    ...stamp(context),
    ...(call.session_thread_id != null && { session_thread_id: call.session_thread_id }),
    type: 'session.todos_updated',
    todos: [...tasks.values()],
  };
  return { state: { ...state, tasks }, outputs: [toEvent(event)] };
}

function foldTasks(
  tasks: TranslationState['tasks'],
  call: { name: string; input: unknown },
  output: unknown,
): ReadonlyMap<string, Todo> | undefined {
  switch (call.name) {
    case 'TodoWrite': {
      const input = todoWriteInput.safeParse(call.input);
      if (!input.success) return undefined;
      return new Map(
        input.data.todos.map((todo, index) => [String(index), toTodo(todo.content, todo.status, todo.activeForm)]),
      );
    }
    case 'TaskCreate': {
      const input = taskCreateInput.safeParse(call.input);
      const created = taskCreateOutput.safeParse(output);
      if (!input.success || !created.success) return undefined;
      return new Map(tasks).set(created.data.task.id, toTodo(input.data.subject, 'pending', input.data.activeForm));
    }
    case 'TaskUpdate': {
      const input = taskUpdateInput.safeParse(call.input);
      const before = input.success ? tasks.get(input.data.taskId) : undefined;
      if (!input.success || before === undefined) return undefined;
      const { taskId, subject, status, activeForm } = input.data;
      const after = new Map(tasks);
      if (status === 'deleted') after.delete(taskId);
      else
        after.set(taskId, toTodo(subject ?? before.content, status ?? before.status, activeForm ?? before.active_form));
      return after;
    }
    default:
      return undefined;
  }
}

function toTodo(content: string, status: Todo['status'], activeForm: string | undefined): Todo {
  return { content, status, ...(activeForm !== undefined && { active_form: activeForm }) };
}
