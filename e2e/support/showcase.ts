import { hang, say, think, useTool, type Scenario } from '@claude-sdk-pattern/scripted-model';
import type { TestServer } from '@claude-sdk-pattern/testkit';

import { driveSession } from './drive-session.ts';

/** Sessions that together show every part of the interface. */
export interface Showcase {
  /** A typical task: a diff, a test run, an answer in Markdown. */
  work: string;
  /** Every tool's card, in every state. */
  tools: string;
  /** Waits for the approval of a command. */
  approval: string;
  /** Waits for the answers to two questions. */
  question: string;
  /** Has an unfinished answer that does not continue, and a queued message. */
  running: string;
}

const GREET = `/** Greets somebody by name. */
export function greet(name) {
  return 'Hi ' + name;
}
`;

const GREET_TEST = `import { test } from 'node:test';
import { equal } from 'node:assert/strict';
import { greet } from './greet.js';

test('greets by the time of day', () => {
  equal(greet('Ada', 9), 'Good morning, Ada!');
  equal(greet('Ada', 15), 'Good afternoon, Ada!');
  equal(greet('Ada', 21), 'Good evening, Ada!');
});
`;

const ANSWER = `\`greet\` now knows the time of day, and a test holds it to that.

| Hour | Greeting |
| --- | --- |
| 5 – 11 | Good morning, Ada! |
| 12 – 17 | Good afternoon, Ada! |
| 18 – 4 | Good evening, Ada! |

Existing callers need **no change**: without an hour it takes the clock's.
`;

const QUESTIONS = [
  {
    question: 'Where shall the service run?',
    header: 'Hosting',
    multiSelect: false,
    options: [
      { label: 'On our own machine', description: 'One process, SQLite, no further parts' },
      { label: 'In the cluster', description: 'Several nodes that share a PostgreSQL' },
    ],
  },
  {
    question: 'What shall it come with?',
    header: 'Extras',
    multiSelect: true,
    options: [
      { label: 'Metrics', description: 'For Prometheus' },
      { label: 'Backups', description: 'Every night, kept for a month' },
      { label: 'Alerts', description: 'By mail' },
    ],
  },
];

const task = (subject: string, activeForm: string) =>
  useTool('TaskCreate', { subject, description: subject, activeForm });

/** The model's answers in the showcase, except titles and the like. */
export const showcaseScenarios: readonly Scenario[] = [
  {
    match: { subagent: true },
    reply: [
      [say('I take a look.'), useTool('Bash', { command: 'ls' })],
      say('Two folders and a `README.md`. Nothing there needs care.'),
    ],
  },
  {
    match: { userText: 'Greet people' },
    reply: [
      [
        think(
          'The function only knows one phrase. I should look at it, and at whether there are tests, before I touch it.',
          { tokensPerSecond: 25 },
        ),
        say('I will look at what is there first.'),
        useTool('Bash', { command: 'ls src', description: 'List the sources' }),
        useTool('Read', { file_path: 'src/greet.js' }),
      ],
      [
        say('One phrase for everybody, and no test. I give it the hour, with the clock as its default.'),
        useTool('Edit', {
          file_path: 'src/greet.js',
          old_string: GREET.slice(0, -1),
          new_string: `/** Greets somebody by name, as fits the hour (0 to 23). */
export function greet(name, hour = new Date().getHours()) {
  if (hour >= 5 && hour < 12) return \`Good morning, \${name}!\`;
  if (hour >= 12 && hour < 18) return \`Good afternoon, \${name}!\`;
  return \`Good evening, \${name}!\`;
}`,
        }),
      ],
      [say('Now the test.'), useTool('Write', { file_path: 'src/greet.test.js', content: GREET_TEST })],
      useTool('Bash', { command: 'node --test', description: 'Run the tests' }),
      say(ANSWER),
    ],
  },
  {
    match: { userText: 'every tool' },
    reply: [
      [
        think('All of them, then.'),
        say('# Every tool\n\nOne after the other.'),
        useTool('Read', { file_path: 'src/greet.js' }),
      ],
      [
        say('Searching.'),
        useTool('Glob', { pattern: '**/*.js' }),
        useTool('Grep', { pattern: 'greet', output_mode: 'content' }),
      ],
      [
        say('Commands, one of which fails and one of which is not wanted.'),
        useTool('Bash', {
          command: String.raw`printf '\033[32m✓\033[0m passed \033[2m(3)\033[0m\n\033[33m↓\033[0m skipped\n\033[31m✗\033[0m failed\n'; seq 1 20`,
          description: 'Print in colours',
        }),
      ],
      useTool('Bash', { command: 'ls /no/such/folder' }),
      useTool('Bash', { command: 'rm -rf src', description: 'Delete the sources' }),
      [say('Files.'), useTool('Edit', { file_path: 'src/greet.js', old_string: "'Hi '", new_string: "'Hello '" })],
      useTool('Write', { file_path: 'notes.md', content: '# Notes\n\n- one\n- two\n' }),
      useTool('Edit', { file_path: 'src/greet.js', old_string: 'not in there', new_string: 'nowhere' }),
      [say('A list.'), task('Look around', 'Looking around'), task('Write it down', 'Writing it down')],
      useTool('TaskUpdate', { taskId: '1', status: 'completed' }),
      useTool('TaskUpdate', { taskId: '2', status: 'in_progress' }),
      [
        say('A helper.'),
        useTool('Agent', {
          description: 'Survey the workspace',
          prompt: 'Say what is in the workspace.',
          subagent_type: 'general-purpose',
          run_in_background: false,
        }),
      ],
      [say('A question.'), useTool('AskUserQuestion', { questions: QUESTIONS })],
      say(
        '> That was all of them.\n\n1. Commands\n2. Files\n   - with their differences\n\n- [x] Shown\n- [ ] Hidden\n\nMore at [the documentation](https://example.com).\n\n```diff\n- old\n+ new\n```\n',
      ),
    ],
  },
  {
    match: { userText: 'Clean up' },
    reply: [
      [
        say('The build folder is stale. I would delete it.'),
        useTool('Bash', {
          command: 'rm -rf build/ && npm run build -- --mode production',
          description: 'Delete the build folder and build again',
        }),
      ],
      say('Done.'),
    ],
  },
  {
    match: { userText: 'Set up' },
    reply: [
      [say('Two things before I begin.'), useTool('AskUserQuestion', { questions: QUESTIONS })],
      say('Thank you.'),
    ],
  },
  {
    match: { userText: 'Explain the journal' },
    reply: [
      [
        say(
          'Every event is stored before it is sent, and gets the next number of its session. A browser that was away asks for what came after the last number that it knows, and so ',
        ),
        hang(),
      ],
    ],
  },
  { match: { userText: 'thank' }, reply: [say('You are welcome.')] },
  { reply: [say('Here it is.')] },
];

const PROJECT = {
  'README.md': '# Greeter\n',
  'package.json': '{ "name": "greeter", "type": "module" }\n',
  'src/greet.js': GREET,
};

/** Creates the showcase's sessions on a server. */
export async function prepareShowcase(server: TestServer): Promise<Showcase> {
  const tools = await driveSession(server, {
    messages: ['Show me every tool', 'thank you'],
    files: PROJECT,
    answer: ({ input }) => {
      if (typeof input['command'] === 'string' && input['command'].startsWith('rm'))
        return { result: 'deny', deny_message: 'Keep the sources.' };
      if (input['questions'] === undefined) return { result: 'allow' };
      return {
        result: 'allow',
        answers: { 'Where shall the service run?': 'In the cluster', 'What shall it come with?': 'Metrics, Alerts' },
      };
    },
  });
  const [approval, question, work] = await Promise.all([
    driveSession(server, { messages: ['Clean up the build folder'], answer: () => undefined }),
    driveSession(server, { messages: ['Set up the service'], answer: () => undefined }),
    driveSession(server, { messages: ['Greet people by the time of day, and prove it with a test.'], files: PROJECT }),
  ]);
  const running = await driveSession(server, {
    messages: ['Explain the journal to me', 'And then draw it'],
    leaveRunning: true,
  });
  await makeSchedules(server);
  return { work, tools, approval, question, running };
}

/** One that goes on, whose agent was archived so that its run makes no session, and one that is paused. */
async function makeSchedules(server: TestServer): Promise<void> {
  const send = async (path: string, body: unknown) => {
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
    return (await (await server.fetch(path, init)).json()) as { id: string };
  };
  const agent = await send('/v1/agents', { name: 'Reporter', model: 'default' });
  const initial_events = [{ type: 'user.message', content: [{ type: 'text', text: 'Write the report of yesterday' }] }];
  const schedule = { type: 'cron', expression: '0 9 * * 1-5', timezone: 'Europe/Berlin' };
  const make = (name: string, of: object) => send('/v1/deployments', { agent: agent.id, name, initial_events, ...of });
  const report = await make('Daily report', { schedule });
  const paused = await make('Look for security fixes', { schedule: { ...schedule, expression: '0 * * * *' } });
  await send(`/v1/deployments/${paused.id}/pause`, {});
  await send(`/v1/agents/${agent.id}/archive`, {});
  await send(`/v1/deployments/${report.id}/run`, {});
}
