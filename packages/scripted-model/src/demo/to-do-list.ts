import type { Conversation } from '../conversation.ts';
import type { Reply } from '../reply.ts';
import { say, useTool } from '../reply.ts';
import type { Scenario } from '../scenario.ts';

type Status = 'pending' | 'in_progress' | 'completed';

interface Task {
  subject: string;
  activeForm: string;
  /** The work between the entries, if the agent has a shell. */
  command: string;
}

const tasks: readonly [Task, Task, Task] = [
  { subject: 'Look around the workspace', activeForm: 'Looking around the workspace', command: 'pwd && ls' },
  {
    subject: 'Weigh the options',
    activeForm: 'Weighing the options',
    command: 'echo "Option 1: small steps. Option 2: one big step."',
  },
  { subject: 'Write down the plan', activeForm: 'Writing down the plan', command: 'date' },
];

/** Completes a to-do list in the course of a turn, with whichever of the CLI's two tools is available. */
export const toDoListScenario: Scenario = {
  name: 'demo: to-do list',
  match: { userText: /\b(?:plan|to-?dos?|tasks?|steps|checklist)\b/i },
  reply: (conversation) => {
    if (conversation.offersTool('TaskCreate')) return replyWithTasks(conversation);
    if (conversation.offersTool('TodoWrite')) return replyWithTodos(conversation);
    return say(`The to-do tools are switched off for this agent, so here is the list as text:\n\n${toMarkdown()}`);
  },
};

/** TaskCreate returns ids, which TaskUpdate needs. */
function replyWithTasks(conversation: Conversation): readonly Reply[] {
  if (conversation.step === 0) {
    const create = tasks.map(({ subject, activeForm }) =>
      useTool('TaskCreate', { subject, description: `${subject}.`, activeForm }),
    );
    return [say('I will keep a to-do list while I work.'), ...create];
  }
  const created = conversation.toolCalls.filter((call) => call.name === 'TaskCreate');
  const ids = created.map((call, index) => /#(\d+)/.exec(call.result?.text ?? '')?.[1] ?? String(index + 1));
  const update = (index: number, status: Status) =>
    useTool('TaskUpdate', { taskId: ids[index] ?? String(index + 1), status });
  return replyWithProgress(conversation, conversation.step - 1, (current) => [
    ...(current > 0 ? [update(current - 1, 'completed')] : []),
    ...(current < tasks.length ? [update(current, 'in_progress')] : []),
  ]);
}

/** TodoWrite replaces the whole list each time. */
function replyWithTodos(conversation: Conversation): readonly Reply[] {
  const write = (current: number) => {
    const toStatus = (index: number): Status =>
      index < current ? 'completed' : index === current ? 'in_progress' : 'pending';
    const todos = tasks.map(({ subject, activeForm }, index) => ({
      content: subject,
      activeForm,
      status: toStatus(index),
    }));
    return [useTool('TodoWrite', { todos })];
  };
  return replyWithProgress(conversation, conversation.step, write);
}

function replyWithProgress(
  conversation: Conversation,
  current: number,
  mark: (current: number) => readonly Reply[],
): readonly Reply[] {
  if (current > tasks.length) return [say(`All three tasks are done. This is the plan:\n\n${toMarkdown()}`)];
  const task = tasks[current];
  if (task === undefined || !conversation.offersTool('Bash')) return mark(current);
  return [
    say(`${task.activeForm} …`),
    ...mark(current),
    useTool('Bash', { command: task.command, description: task.subject }),
  ];
}

function toMarkdown(): string {
  return `1. **Start small**: one thing that works from end to end\n2. **Show it early**: ask for opinions while changes are cheap\n3. **Then deepen**: tests, edges, documentation`;
}
