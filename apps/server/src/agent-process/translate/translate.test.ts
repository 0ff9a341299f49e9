import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import type { SDKMessage } from '@anthropic-ai/claude-agent-sdk';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { findHookPlugin } from '../options/find-plugin.ts';
import { toSaidMessage } from '../complete-transcript.ts';
import { toHookDenial } from './hook-denial.ts';
import { readFixture, runTranslation, tell } from './fixtures/translation-harness.ts';
import { findProblems } from './fixtures/translation-problems.ts';

const FIXTURES = readdirSync(join(import.meta.dirname, 'fixtures'))
  .filter((file) => file.endsWith('.jsonl'))
  .map((file) => file.replace('.jsonl', ''));

/** What a person would see of each recorded stream. */
const STORIES: Readonly<Record<string, string[]>> = {
  text: ['says: Hello there.', '-- completed'],
  thinking: ['thinks: A greeting.', 'says: Hello.', '-- completed'],
  'two-turns': ['says: Hello.', '-- completed', 'says: Hello.', '-- completed'],
  'tool-use': ['says: Looking.', 'calls Bash (allow)', 'gets: one', 'says: Done.', '-- completed'],
  'parallel-tools': [
    'calls Bash (allow)',
    'calls Bash (allow)',
    'gets: one',
    'gets: two',
    'says: Both.',
    '-- completed',
  ],
  'edited-file': [
    'calls Write (ask)',
    'gets: File created successfully at: a.txt (file state is current i…',
    'calls Edit (allow)',
    'gets: The file a.txt has been updated successfully. (file state is…',
    'says: Edited.',
    '-- completed, changed a.txt',
  ],
  'denied-tool': ['calls Write (ask)', 'fails: Not this file.', 'says: Then not.', '-- completed'],
  'failing-tool': [
    'calls Bash (allow)',
    'fails: Exit code 1',
    'calls Read (allow)',
    'fails: File does not exist. Note: your current working directory is…',
    'calls NoSuchTool (allow)',
    'fails: <tool_use_error>Error: No such tool available: NoSuchTool</t…',
    'says: Nothing there.',
    '-- completed',
  ],
  subagent: [
    'calls Agent (allow)',
    'starts general-purpose: Look around',
    'session.thread_status_running',
    '  thinks: Where am I?',
    '  calls Bash (allow)',
    '  gets: inside',
    '  says: The report.',
    'session.thread_status_idle',
    'gets:   <tools-used-before-summary>Bash</tools-used-before-summary…',
    'says: Delegated.',
    '-- completed',
  ],
  'subagent-interrupted': [
    'calls Agent (allow)',
    'starts general-purpose: Look around',
    'session.thread_status_running',
    'session.thread_status_idle',
    "fails: The user doesn't want to proceed with this tool use. The too…",
    '-- failed',
  ],
  'to-dos': [
    'calls TaskCreate (allow)',
    'gets: Task #1 created successfully: Build',
    'to do: Build pending',
    'calls TaskCreate (allow)',
    'gets: Task #2 created successfully: Test',
    'to do: Build pending, Test pending',
    'calls TaskUpdate (allow)',
    'gets: Updated task #1 status',
    'to do: Build in_progress, Test pending',
    'calls TaskUpdate (allow)',
    'gets: Updated task #1 status',
    'to do: Build completed, Test pending',
    'calls TaskUpdate (allow)',
    'gets: Updated task #2 deleted',
    'to do: Build completed',
    'says: All done.',
    '-- completed',
  ],
  // The CLI offers one of its two kinds of to-do tools; a call that failed changes no list.
  'todo-write': [
    'calls TodoWrite (allow)',
    'fails: <tool_use_error>Error: No such tool available: TodoWrite. To…',
    'says: Noted.',
    '-- completed',
  ],
  interrupt: ['says: One half', '-- failed', 'says: Going on.', '-- completed'],
  'interrupted-text': [
    expect.stringMatching(/^says \(cut off\): One half/),
    '-- failed',
    'says: Going on.',
    '-- completed',
  ],
  // Two messages that wait together are taken into one turn.
  'joined-messages': ['says: First.', '-- completed', 'says: Both.', '-- completed'],
  'message-during-tool': ['calls Bash (allow)', 'gets: one', 'says: Both are done.', '-- completed'],
  'interrupted-tool': [
    'calls Bash (allow)',
    "fails: The user doesn't want to proceed with this tool use. The too…",
    '-- failed',
  ],
  'status-529': [
    'error model_overloaded_error, retrying: A model request failed (status 529)',
    'session.status_rescheduled',
    'retries, 1 of 5',
    'says: After the wait.',
    '-- completed',
  ],
  'status-400': ['error unknown_error, exhausted: API Error: 400 the prompt is wrong', '-- failed'],
  'status-401': [
    "error model_request_failed_error, exhausted: The model refuses the platform's API key (status 401). " +
      'Ask an operator to set a valid one, then send a message to continue',
    '-- give up',
    '-- failed',
  ],
  'status-403': [
    "error model_request_failed_error, exhausted: The model refuses the platform's API key (status 403). " +
      'Ask an operator to set a valid one, then send a message to continue',
    '-- failed',
  ],
  // A wait of more than a minute is not waited for by the CLI; the model gateway does it up to ten minutes.
  'long-wait': [
    'error model_rate_limited_error, exhausted: API Error: Request rejected (429) · This request would exceed your rate limit',
    '-- failed',
  ],
  // The CLI keeps what it got, and asks for the rest.
  'broken-stream': [
    'says: One half',
    'info: The answer broke off. The agent continues it',
    'says: And the other half.',
    '-- completed',
  ],
  'cut-off-text': [
    // The last piece before the end of the connection may get lost with it.
    expect.stringMatching(/^says \(cut off\): One half, and then/),
    'error unknown_error, retrying: A model request failed (the connection broke)',
    'session.status_rescheduled',
    'retries, 1 of 5',
    'says: One half, and then the other half.',
    '-- completed',
  ],
  'max-tokens': [
    'says: It is too',
    'info: The answer reached the greatest length that the model allows. The agent continues it',
    'says: It is too',
    'info: The answer reached the greatest length that the model allows. The agent continues it',
    'says: It is too',
    'info: The answer reached the greatest length that the model allows. The agent continues it',
    'says: It is too',
    'error model_request_failed_error, exhausted: The answer reached the greatest length that the model allows, also ' +
      'when the agent continued it. Ask for a shorter answer, or for one part at a time',
    '-- failed',
  ],
  'max-tokens-once': [
    'says: It is too',
    'info: The answer reached the greatest length that the model allows. The agent continues it',
    'says: long.',
    '-- completed',
  ],
  'context-full': [
    'says: So much',
    'info: The conversation fills the context window of the model. The agent tries to continue',
    'says: So much',
    'info: The conversation fills the context window of the model. The agent tries to continue',
    'says: So much',
    'info: The conversation fills the context window of the model. The agent tries to continue',
    'says: So much',
    'error model_request_failed_error, exhausted: The conversation fills the context window of the model. Send /compact to have ' +
      'it summarized, or begin a new session',
    '-- failed',
  ],
  // The CLI calls these two a success.
  'pause-turn': [
    'says: Looking',
    'error model_request_failed_error, exhausted: The model paused its answer before it was complete. Send a message to ' +
      'continue it',
    '-- failed',
  ],
  'structure-missing': [
    'says: In words.',
    'says: In words.',
    'error model_request_failed_error, exhausted: The agent did not answer in the structure that was asked for, not ' +
      'even when it was told to. Send a message to ask again',
    '-- failed',
  ],
  'structure-given': [
    'says: In words.',
    'calls StructuredOutput (allow)',
    'gets: Structured output provided successfully',
    '-- completed',
  ],
  // An overload before a block is whole ends the turn: the model gateway breaks the stream instead, so that it is asked again.
  'overload-in-text': [
    expect.stringMatching(/^says \(cut off\): One half, and then/),
    'error model_overloaded_error, exhausted: API Error: Overloaded',
    '-- failed',
  ],
  // What was whole before it is said once, and its place in the conversation is kept.
  'overload-after-text': [
    'says: One half',
    'info: The answer broke off. The agent continues it',
    'says: And the rest.',
    '-- completed',
  ],
  refusal: [
    'says: I cannot',
    "info: Opus 5.5's safeguards stopped the response above · continuing once with that noted",
    'says: I cannot',
    expect.stringMatching(/^warning: Opus 5\.5's safeguards flagged this message/),
    '-- failed, refused (no category)',
  ],
  // Where the API names a category, the CLI asks another model as well, which answers for the rest of the session.
  'refusal-with-category': [
    'says: I cannot',
    "info: Opus 5.5's safeguards stopped the response above · continuing once with that noted",
    'says: I cannot',
    expect.stringContaining('Opus 4.8 is answering instead'),
    'says: I cannot',
    expect.stringMatching(/^warning: Opus 4\.8's safeguards flagged this message/),
    '-- failed, refused (cyber)',
  ],
  'refusal-passed': [
    'says: I cannot',
    "info: Opus 5.5's safeguards stopped the response above · continuing once with that noted",
    'says: But this I can.',
    '-- completed',
  ],
  'subagent-refusal': [
    'calls Agent (allow)',
    'starts general-purpose: Look around',
    'session.thread_status_running',
    '  says: I cannot',
    '  says: I cannot',
    '  says: I cannot',
    'session.thread_status_idle, refusal',
    'fails: Agent terminated early due to an API error: API Error: Opus …',
    'says: It was refused.',
    '-- completed',
  ],
  compaction: [
    'says: Hello.',
    '-- completed',
    'info: Summarizing the conversation so far',
    'agent.thread_context_compacted',
    '-- completed',
    'says: Hello.',
    '-- completed',
  ],
  clear: [
    'says: Hello.',
    '-- completed',
    '-- transcript lost: The agent began a new conversation (clear)',
    '-- completed',
    'says: Hello.',
    '-- completed',
  ],
  'local-command': ['says: ## Context Usage', '-- completed'],
  'unknown-command': ['says: Hello.', '-- completed'],
  'plan-mode': [
    'calls ExitPlanMode (allow)',
    'gets: User has approved exiting plan mode. You can now proceed.',
    '-- plan mode off',
    'says: Off I go.',
    '-- completed',
  ],
  'enter-plan-mode': [
    'calls EnterPlanMode (allow)',
    '-- plan mode on',
    'gets: Entered plan mode. You should now focus on exploring the cod…',
    'says: Planning.',
    '-- completed',
  ],
  question: [
    'calls AskUserQuestion (allow)',
    'gets: Your questions have been answered: "Which colour?"="Blue". Y…',
    'says: Blue, then.',
    '-- completed',
  ],
  'mcp-tool': ['calls mcp__calculator__add (allow)', 'gets: 3', 'says: Three.', '-- completed'],
};

describe('a recorded stream', () => {
  it.each(FIXTURES)('is told as it was: %s', (name) => {
    expect(tell(runTranslation(readFixture(name)).outputs)).toEqual(STORIES[name]);
  });

  it('is there for every story', () => {
    expect(Object.keys(STORIES).toSorted()).toEqual(FIXTURES.toSorted());
  });
});

describe('every recorded stream', () => {
  const runs = FIXTURES.map((name) => ({ name, run: runTranslation(readFixture(name)) }));

  it.each(runs)('keeps the rules of a story: $name', ({ run }) => {
    expect(findProblems(run.outputs)).toEqual([]);
    expect(run.state.request).toBeNull();
  });

  it('is previewed where the model streams', () => {
    expect(runs.filter(({ run }) => run.previews.length > 0).length).toBeGreaterThan(FIXTURES.length / 2);
  });

  it('ends its turns with what they cost, and knows every message', () => {
    for (const { name, run } of runs) {
      const results = readFixture(name).filter((message) => message.type === 'result');
      const ends = run.signals.filter((signal) => signal.type === 'turn_ended');
      expect(ends, name).toHaveLength(results.length);
      expect(
        ends.every((end) => end.costUsd >= 0),
        name,
      ).toBe(true);
      expect(
        run.signals.filter((signal) => signal.type === 'unknown_message'),
        name,
      ).toEqual([]);
    }
    const twice = runs
      .find(({ name }) => name === 'two-turns')
      ?.run.signals.filter(({ type }) => type === 'turn_ended');
    const stated = readFixture('two-turns').findLast((message) => message.type === 'result')?.total_cost_usd;
    expect(twice?.reduce((sum, end) => sum + ('costUsd' in end ? end.costUsd : 0), 0)).toBeCloseTo(stated ?? 0, 9);
  });

  it.each([
    ['its subagents, which the CLI leaves out of the usage of a result', 'subagent'],
    ['what was streamed before an interrupt', 'interrupt'],
    ['a compaction', 'compaction'],
    ['every turn once', 'two-turns'],
  ])('counts the tokens of %s', (_, name) => {
    const last = readFixture(name).findLast((message) => message.type === 'result');
    const [stated] = Object.values(last?.modelUsage ?? {});
    const ends = runTranslation(readFixture(name)).signals.filter((signal) => signal.type === 'turn_ended');
    for (const field of ['inputTokens', 'outputTokens', 'cacheReadInputTokens', 'cacheCreationInputTokens'] as const) {
      expect(
        ends.reduce((sum, { usage }) => sum + usage[field], 0),
        field,
      ).toBe(stated?.[field]);
    }
  });

  it('ends a request that broke off as one with an error', () => {
    const ends = runTranslation(readFixture('broken-stream')).events.flatMap((event) =>
      event.type === 'span.model_request_end' ? [event.is_error] : [],
    );
    expect(ends).toEqual([true, false]);
  });

  it('stays whole where it is cut: what is open is in the state', () => {
    fc.assert(
      fc.property(fc.constantFrom(...FIXTURES), fc.nat(), (name, cut) => {
        const messages = readFixture(name);
        const { state, events } = runTranslation(messages.slice(0, cut % (messages.length + 1)));
        const starts = events.filter((event) => event.type === 'span.model_request_start').length;
        const ends = events.filter((event) => event.type === 'span.model_request_end').length;
        expect(starts - ends).toBe(state.request === null ? 0 : 1);
      }),
    );
  });
});

describe('what no recording shows', () => {
  const base = { uuid: '00000000-0000-4000-8000-000000000001', session_id: 'session' } as const;

  it('is one signal for a message of an unknown type', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.boolean(), (name, isSystem) => {
        const type = `x_${name}`;
        const message = isSystem ? { ...base, type: 'system', subtype: type } : { ...base, type };
        // Not of the SDK's types, on purpose.
        const { outputs } = runTranslation([message as unknown as SDKMessage]);
        const messageType = isSystem ? `system/${type}` : type;
        expect(outputs).toEqual([{ kind: 'signal', signal: { type: 'unknown_message', messageType } }]);
      }),
    );
  });

  it('is a notice when a conversation could not be summarized', () => {
    const { outputs } = runTranslation([
      {
        ...base,
        type: 'system',
        subtype: 'status',
        status: null,
        compact_result: 'failed',
        compact_error: 'Too short',
      },
    ]);
    expect(tell(outputs)).toEqual(['warning: The conversation could not be summarized: Too short']);
  });

  it('is the error of a request without the address of our gateway', () => {
    const text =
      'API Error: 500 Oops. This is a server-side issue, usually temporary — try again in a moment. ' +
      'If it persists, check your inference gateway (127.0.0.1:44827).';
    const failure = {
      type: 'assistant',
      message: { id: 'msg_1', content: [{ type: 'text', text }] },
      error: 'server_error',
      parent_tool_use_id: null,
    } as unknown as SDKMessage;
    expect(tell(runTranslation([failure]).outputs)).toEqual([
      'error model_request_failed_error, exhausted: API Error: 500 Oops. This is a server-side issue, usually temporary — try again in a moment.',
    ]);
  });

  it('gives a call a result that says that it was cut off, where the turn ended without one', () => {
    const messages = readFixture('tool-use').filter((message) => message.type !== 'user');
    const { outputs } = runTranslation(messages);
    expect(findProblems(outputs)).toEqual([]);
    expect(tell(outputs).filter((line) => line.startsWith('fails'))).toEqual([expect.stringContaining('was cut off')]);
  });

  it('leaves out the result of a call that it does not know, as after a restart', () => {
    const results = readFixture('tool-use').filter((message) => message.type === 'user');
    expect(results).not.toEqual([]);
    expect(runTranslation(results).outputs).toEqual([]);
  });

  it('closes a request whose stream began again without an end', () => {
    const messages = readFixture('text');
    const start = messages.findIndex((each) => each.type === 'stream_event' && each.event.type === 'message_start');
    const { events, state } = runTranslation([...messages.slice(0, start + 1), ...messages.slice(start)]);
    const spans = events.filter((event) => event.type.startsWith('span.'));
    expect(spans.map((event) => ('is_error' in event ? event.is_error : 'start'))).toEqual([
      'start',
      true,
      'start',
      false,
    ]);
    expect(state.request).toBeNull();
  });
});

describe('any JSON in the place of a message', () => {
  const recorded = FIXTURES.flatMap(readFixture);
  /** One of each kind, and where something stands in it. */
  const kinds = [...new Map(recorded.map((message) => [toKind(message), message])).values()];
  const places = kinds.flatMap((message) => listPaths(message).map((path) => ({ message, path })));
  const anything = fc.oneof(fc.jsonValue(), fc.constantFrom(null, 0, -1, 1e300, '', 'constructor', [], {}, [null]));
  const damaged = fc
    .tuple(fc.constantFrom(...places), anything)
    .map(([{ message, path }, value]) => replaceAt(message, path, value) as SDKMessage);

  it('is translated or left out, and what becomes of it has its shape', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(damaged, fc.constantFrom(...kinds)), { maxLength: 8 }), (messages) => {
        const { events, signals } = runTranslation(messages);
        // The SDK lets no null through.
        for (const message of messages) if ((message as unknown) !== null) toSaidMessage(message);
        for (const event of events) expect(typeof event.type).toBe('string');
        const costs = signals.map((signal) => (signal.type === 'turn_ended' ? signal.costUsd : 0));
        for (const cost of costs) expect(cost).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 2000 },
    );
  });

  it.each(['assistant', 'user', 'stream_event', 'result', 'system', 'rate_limit_event', 'command_lifecycle', 'other'])(
    'changes nothing where a message is of the type alone: %s',
    (type) => {
      fc.assert(
        fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (rest) => {
          const { events } = runTranslation([{ ...rest, type } as never]);
          expect(events).toEqual([]);
        }),
      );
    },
  );

  it('says which messages it has left out', () => {
    const { signals } = runTranslation([{ type: 'assistant', message: null } as never, null as never]);
    expect(signals).toEqual([
      { type: 'unusable_message', messageType: 'assistant' },
      { type: 'unusable_message', messageType: 'undefined' },
    ]);
  });

  it('is nothing that was recorded', () => {
    expect(runTranslation(recorded).signals.filter(({ type }) => type === 'unusable_message')).toEqual([]);
  });
});

function toKind(message: SDKMessage): string {
  const kind = 'subtype' in message ? message.subtype : message.type === 'stream_event' ? message.event.type : '';
  return `${message.type} ${kind}`;
}

type Path = readonly (string | number)[];

function listPaths(value: unknown): Path[] {
  if (typeof value !== 'object' || value === null) return [[]];
  const entries: [string | number, unknown][] = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return [[], ...entries.flatMap(([key, each]) => listPaths(each).map((path): Path => [key, ...path]))];
}

function replaceAt(value: unknown, [key, ...rest]: Path, replacement: unknown): unknown {
  if (key === undefined) return replacement;
  const copy = structuredClone(value) as Record<string | number, unknown>;
  copy[key] = replaceAt(copy[key], rest, replacement);
  return copy;
}

const SECRET = 'hunter2hunter2';

/** Plays the recorded stream with the secret in place of `word`, and hides it in the inputs of calls. */
function runWithSecret(fixture: string, word: string) {
  const text = JSON.stringify(readFixture(fixture)).replaceAll(word, SECRET);
  const toMarks = (input: Readonly<Record<string, unknown>>) =>
    Object.entries(input).flatMap(([field, value]) => {
      const start = String(value).indexOf(SECRET);
      return start === -1 ? [] : [{ kind: 'Password', path: [field], start, end: start + SECRET.length }];
    });
  return runTranslation(JSON.parse(text) as SDKMessage[], ({ input }) => ({
    permission: 'allow',
    secrets: { marks: toMarks(input), areMasked: true },
  }));
}

it('hides in the results of Write and Edit what their calls hide', () => {
  const { events } = runWithSecret('edited-file', 'one');
  expect(JSON.stringify(events)).not.toContain(SECRET);
  expect(events.filter(({ type }) => type === 'agent.tool_result')).toMatchObject([
    { structured: { content: '[hidden: Password]\n' } },
    { structured: { oldString: '[hidden: Password]', structuredPatch: [{ lines: ['-[hidden: Password]', '+two'] }] } },
  ]);
});

it('hides in the description of a subagent what its call hides', () => {
  const { events } = runWithSecret('subagent', 'Look around');
  expect(events.find(({ type }) => type === 'session.thread_created')).toMatchObject({
    description: '[hidden: Password]',
  });
  expect(JSON.stringify(events)).not.toContain(SECRET);
});

it('shows the whole result of an MCP tool of which the CLI gives a part, and the app of the tool', () => {
  const content = [{ type: 'text' as const, text: 'all of it' }];
  const app = { resource_uri: 'ui://a/b', digest: 'd' };
  const { events } = runTranslation(readFixture('mcp-tool'), undefined, () => ({ content, app }));
  expect(events.find(({ type }) => type === 'agent.mcp_tool_result')).toMatchObject({ content, mcp_app: app });
});

it('tells of a command hook that denied a call its reason and plugin, and no folder of the server', () => {
  const plugin = { name: 'review', path: '/data/plugins/review/109f', hooks: ['PreToolUse'] };
  const settings = { plugins: [plugin, { ...plugin, name: 'other', path: '/data/other' }] } as never;
  const findPlugin = (command?: string) => findHookPlugin(settings, command);
  const read = (text: string, isTrusted = true) => toHookDenial(text, { said: undefined, isTrusted, findPlugin });
  const said = 'PreToolUse:Bash hook error: [/data/plugins/review/109f/guard.sh]: /data/plugins/review/109f/x: no bash';
  const reason = '${CLAUDE_PLUGIN_ROOT}/x: no bash';
  expect(read(said)).toEqual({ reason, source: { layer: 'hook', rule: null, plugin: 'review' } });
  expect(read(said, false)).toEqual({ reason });
  expect(read('PreToolUse:Bash hook error: either of two')).toBeUndefined();
  expect(read('It broke')).toBeUndefined();
});

it('tells what a hook that failed has said, and no part of a secret', () => {
  const stderr = `${'x'.repeat(297)}s3cret`;
  const failed = {
    type: 'system',
    subtype: 'hook_response',
    hook_name: 'PreToolUse',
    outcome: 'error',
    exit_code: 1,
    stderr,
  };
  const { events } = runTranslation([failed as unknown as SDKMessage]);
  expect(events).toMatchObject([{ type: 'session.notice', text: expect.stringMatching(/: x+\[hi$/) }]);
});
