import { createSdkMcpServer, tool, type Options, type SDKMessage } from '@anthropic-ai/claude-agent-sdk';
import {
  breakStream,
  fail,
  hang,
  say,
  stop,
  think,
  useTool,
  wait,
  type Scenario,
} from '@claude-sdk-pattern/scripted-model';
import { z } from 'zod';

/** The agent process that a recording plays with. */
export interface RecordedAgent {
  send(text: string): void;
  interrupt(): Promise<void>;
  /** Resolves when as many messages have come that the predicate accepts. */
  waitFor(predicate: (message: SDKMessage) => boolean, count?: number): Promise<void>;
  /** Sends and waits for the end of the turn. */
  turn(text: string): Promise<void>;
}

/** One stream of SDK messages: what the model says, and what happens. */
export interface Recording {
  scenarios: readonly Scenario[];
  planMode?: boolean;
  options?: Partial<Options>;
  play(agent: RecordedAgent): Promise<void>;
}

const isText = (message: SDKMessage) => message.type === 'stream_event' && message.event.type === 'content_block_delta';

const allow: NonNullable<Options['canUseTool']> = async (_name, input) => ({ behavior: 'allow', updatedInput: input });
const deny: NonNullable<Options['canUseTool']> = async () => ({ behavior: 'deny', message: 'Not this file.' });

const ANSWER_FORMAT = {
  type: 'json_schema',
  schema: { type: 'object', properties: { answer: { type: 'string' } }, required: ['answer'] },
} as const;

const REFUSAL = { category: 'cyber', explanation: 'It would break in.' };

/** One turn that begins with `go`. */
const oneTurn = (reply: Scenario['reply'], rest: Partial<Recording> = {}): Recording => ({
  scenarios: [{ reply }],
  play: (agent) => agent.turn('go'),
  ...rest,
});

const calculator = () =>
  createSdkMcpServer({
    name: 'calculator',
    tools: [
      tool('add', 'Adds', { a: z.number(), b: z.number() }, async ({ a, b }) => ({
        content: [{ type: 'text', text: String(a + b) }],
      })),
    ],
  });

const QUESTION = {
  questions: [
    {
      question: 'Which colour?',
      header: 'Colour',
      multiSelect: false,
      options: [
        { label: 'Red', description: 'Warm' },
        { label: 'Blue', description: 'Cool' },
      ],
    },
  ],
};

/** What translate.test.ts reads, by the name of its file. */
export const RECORDINGS: Readonly<Record<string, Recording>> = {
  text: oneTurn([say('Hello there.')]),
  thinking: oneTurn([[think('A greeting.'), say('Hello.')]]),
  'two-turns': {
    scenarios: [{ reply: [say('Hello.')] }],
    play: async (agent) => {
      await agent.turn('one');
      await agent.turn('two');
    },
  },
  'tool-use': oneTurn([[say('Looking.'), useTool('Bash', { command: 'echo one' })], say('Done.')]),
  'parallel-tools': oneTurn(
    [
      [
        useTool('Bash', { command: 'echo one', description: 'Say one' }),
        useTool('Bash', { command: 'sleep 0.3; echo two', description: 'Say two' }),
      ],
      say('Both.'),
    ],
    { options: { canUseTool: allow } },
  ),
  'edited-file': oneTurn(
    [
      useTool('Write', { file_path: 'a.txt', content: 'one\n' }),
      useTool('Edit', { file_path: 'a.txt', old_string: 'one', new_string: 'two' }),
      say('Edited.'),
    ],
    { options: { canUseTool: allow } },
  ),
  'denied-tool': oneTurn([useTool('Write', { file_path: 'a.txt', content: 'x' }), say('Then not.')], {
    options: { canUseTool: deny },
  }),
  'failing-tool': oneTurn([
    useTool('Bash', { command: 'cat missing.txt' }),
    useTool('Read', { file_path: 'missing.txt' }),
    useTool('NoSuchTool', {}),
    say('Nothing there.'),
  ]),
  subagent: {
    scenarios: [
      {
        match: { userText: 'inside', subagent: true },
        reply: [[think('Where am I?'), useTool('Bash', { command: 'echo inside' })], say('The report.')],
      },
      {
        reply: [
          useTool('Agent', { description: 'Look around', prompt: 'inside', subagent_type: 'general-purpose' }),
          say('Delegated.'),
        ],
      },
    ],
    play: (agent) => agent.turn('delegate'),
  },
  'subagent-interrupted': {
    scenarios: [
      { match: { userText: 'inside', subagent: true }, reply: [hang()] },
      {
        reply: [useTool('Agent', { description: 'Look around', prompt: 'inside', subagent_type: 'general-purpose' })],
      },
    ],
    play: async (agent) => {
      agent.send('delegate');
      await agent.waitFor((message) => message.type === 'system' && message.subtype === 'task_started');
      await agent.interrupt();
      await agent.waitFor((message) => message.type === 'result');
    },
  },
  'to-dos': oneTurn([
    useTool('TaskCreate', { subject: 'Build', description: 'Build it', activeForm: 'Building' }),
    useTool('TaskCreate', { subject: 'Test', description: 'Test it' }),
    useTool('TaskUpdate', { taskId: '1', status: 'in_progress' }),
    useTool('TaskUpdate', { taskId: '1', status: 'completed' }),
    useTool('TaskUpdate', { taskId: '2', status: 'deleted' }),
    say('All done.'),
  ]),
  'todo-write': oneTurn([
    useTool('TodoWrite', { todos: [{ content: 'Build', status: 'in_progress', activeForm: 'Building' }] }),
    say('Noted.'),
  ]),
  interrupt: {
    scenarios: [{ match: { userText: 'go on' }, reply: [say('Going on.')] }, { reply: [[say('One half'), hang()]] }],
    play: async (agent) => {
      agent.send('start');
      await agent.waitFor(isText);
      await agent.interrupt();
      await agent.waitFor((message) => message.type === 'result');
      await agent.turn('go on');
    },
  },
  'interrupted-text': {
    scenarios: [
      { match: { userText: 'go on' }, reply: [say('Going on.')] },
      { reply: [say('One half, and then the other half, which nobody waits for.', { tokensPerSecond: 10 })] },
    ],
    play: async (agent) => {
      agent.send('start');
      await agent.waitFor(isText, 2);
      await agent.interrupt();
      await agent.waitFor((message) => message.type === 'result');
      await agent.turn('go on');
    },
  },
  'joined-messages': {
    scenarios: [{ match: { userText: 'start' }, reply: [[say('First.'), wait(500)]] }, { reply: [say('Both.')] }],
    play: async (agent) => {
      agent.send('start');
      await agent.waitFor(isText);
      agent.send('one');
      agent.send('two');
      await agent.waitFor((message) => message.type === 'result', 2);
    },
  },
  'message-during-tool': {
    scenarios: [
      { match: { userText: 'and this' }, reply: [say('Both are done.')] },
      { reply: [useTool('Bash', { command: 'sleep 1; echo one', description: 'Wait' })] },
    ],
    options: { canUseTool: allow },
    play: async (agent) => {
      agent.send('start');
      await agent.waitFor((message) => message.type === 'assistant');
      agent.send('and this');
      await agent.waitFor((message) => message.type === 'result');
    },
  },
  'interrupted-tool': {
    scenarios: [{ reply: [useTool('Bash', { command: 'sleep 60', description: 'Wait' })] }],
    options: { canUseTool: allow },
    play: async (agent) => {
      agent.send('start');
      await agent.waitFor((message) => message.type === 'assistant');
      await agent.interrupt();
      await agent.waitFor((message) => message.type === 'result');
    },
  },
  'status-529': oneTurn([fail(529, { times: 1 }), say('After the wait.')]),
  'status-400': oneTurn([fail(400, { message: 'the prompt is wrong' })]),
  'status-401': {
    scenarios: [{ reply: [fail(401)] }],
    play: async (agent) => {
      agent.send('go');
      await agent.waitFor((message) => message.type === 'system' && message.subtype === 'api_retry');
      await agent.interrupt();
      await agent.waitFor((message) => message.type === 'result');
    },
  },
  'status-403': oneTurn([fail(403)]),
  'long-wait': oneTurn([fail(429, { retryAfterSeconds: 90 })]),
  'overload-in-text': oneTurn([
    [fail(529, { afterChunks: 3 }), say('One half, and then the rest.', { tokensPerSecond: 50 })],
  ]),
  'overload-after-text': oneTurn([[say('One half'), wait(200), fail(529, { times: 1 })], say('And the rest.')]),
  'broken-stream': oneTurn([[say('One half'), wait(100), breakStream({ times: 1 })], say('And the other half.')]),
  'cut-off-text': oneTurn([
    [breakStream({ times: 1, afterChunks: 3 }), say('One half, and then the other half.', { tokensPerSecond: 50 })],
  ]),
  'max-tokens': oneTurn(() => [say('It is too'), stop('max_tokens')]),
  'max-tokens-once': oneTurn([[say('It is too'), stop('max_tokens')], say('long.')]),
  'context-full': oneTurn(() => [say('So much'), stop('model_context_window_exceeded')]),
  'pause-turn': oneTurn([[say('Looking'), stop('pause_turn')]]),
  'structure-missing': oneTurn(() => say('In words.'), { options: { outputFormat: ANSWER_FORMAT } }),
  'structure-given': oneTurn([say('In words.'), useTool('StructuredOutput', { answer: 'yes' })], {
    options: { outputFormat: ANSWER_FORMAT },
  }),
  refusal: oneTurn(() => [say('I cannot'), stop('refusal')]),
  'refusal-with-category': oneTurn(() => [say('I cannot'), stop('refusal', REFUSAL)]),
  'refusal-passed': oneTurn([[say('I cannot'), stop('refusal', REFUSAL)], say('But this I can.')]),
  'subagent-refusal': {
    scenarios: [
      { match: { userText: 'inside', subagent: true }, reply: () => [say('I cannot'), stop('refusal', REFUSAL)] },
      {
        reply: [
          useTool('Agent', { description: 'Look around', prompt: 'inside', subagent_type: 'general-purpose' }),
          say('It was refused.'),
        ],
      },
    ],
    play: (agent) => agent.turn('delegate'),
  },
  compaction: {
    scenarios: [{ reply: [say('Hello.')] }],
    play: async (agent) => {
      await agent.turn('one');
      await agent.turn('/compact');
      await agent.turn('two');
    },
  },
  clear: {
    scenarios: [{ reply: [say('Hello.')] }],
    play: async (agent) => {
      await agent.turn('one');
      await agent.turn('/clear');
      await agent.turn('two');
    },
  },
  'local-command': { scenarios: [{ reply: [say('Hello.')] }], play: (agent) => agent.turn('/context') },
  'unknown-command': { scenarios: [{ reply: [say('Hello.')] }], play: (agent) => agent.turn('/nothing') },
  'plan-mode': oneTurn([useTool('ExitPlanMode', { plan: '1. Build it' }), say('Off I go.')], {
    planMode: true,
    options: { canUseTool: allow },
  }),
  'enter-plan-mode': oneTurn([useTool('EnterPlanMode', {}), say('Planning.')], { options: { canUseTool: allow } }),
  question: oneTurn([useTool('AskUserQuestion', QUESTION), say('Blue, then.')], {
    options: {
      canUseTool: async (_name, input) => ({
        behavior: 'allow',
        updatedInput: { ...input, answers: { 'Which colour?': 'Blue' } },
      }),
    },
  }),
  'mcp-tool': oneTurn([useTool('mcp__calculator__add', { a: 1, b: 2 }), say('Three.')], {
    options: { canUseTool: allow, mcpServers: { calculator: calculator() } },
  }),
};
