import { describe, expect, test } from 'vitest';
import { toConversation } from '../conversation.ts';
import type { RequestMessage } from '../message-request.ts';
import type { Reply } from '../reply.ts';
import { findStep } from '../scenario.ts';
import { toTokens } from '../token-estimate.ts';
import { createDemoScenarios } from './demo-scenarios.ts';

const everyTool = ['Agent', 'AskUserQuestion', 'Bash', 'Edit', 'Read', 'TaskCreate', 'TaskUpdate', 'Write'];
const scenarios = createDemoScenarios();

function ask(messages: string | RequestMessage[], tools: readonly string[] = everyTool) {
  const conversation = toConversation({
    model: 'claude-opus-5-5',
    messages: typeof messages === 'string' ? [{ role: 'user', content: messages }] : messages,
    system: ' - Primary working directory: /space\n',
    tools: tools.map((name) => ({ name })),
  });
  const step = findStep(scenarios, conversation);
  if (step === undefined) throw new Error('The demo has an answer to everything');
  return {
    scenario: step.scenario,
    text: toSpokenText(step.replies),
    tools: toToolNames(step.replies),
    replies: step.replies,
  };
}

function toSpokenText(replies: readonly Reply[]): string {
  return replies.map((reply) => (reply.kind === 'say' ? reply.text : '')).join('');
}

function toToolNames(replies: readonly Reply[]): string[] {
  return replies.flatMap((reply) => (reply.kind === 'useTool' ? [reply.name] : []));
}

function afterTool(
  words: string,
  name: string,
  result: { content: string; is_error?: boolean },
  input: object = {},
): RequestMessage[] {
  return [
    { role: 'user', content: words },
    { role: 'assistant', content: [{ type: 'tool_use', id: 't', name, input }] },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't', ...result }] },
  ];
}

describe('the demo', () => {
  test.each([
    ['Hello!', 'demo: greeting', []],
    ['hi', 'demo: greeting', []],
    ['What can you do?', 'demo: greeting', []],
    ['List files', 'demo: list files', ['Bash']],
    ['show me the files here', 'demo: list files', ['Bash']],
    ['write a file', 'demo: write file', ['Write']],
    ['Please create notes.txt with the text "abc"', 'demo: write file', ['Write']],
    ['save a TypeScript function', 'demo: write file', ['Write']],
    ['edit hello.md', 'demo: edit file', ['Read']],
    ['read hello.md', 'demo: read file', ['Read']],
    ['make a plan', 'demo: to-do list', ['TaskCreate', 'TaskCreate', 'TaskCreate']],
    ['show me a todo list', 'demo: to-do list', ['TaskCreate', 'TaskCreate', 'TaskCreate']],
    ['ask me something', 'demo: questions', ['AskUserQuestion']],
    ['delegate this', 'demo: delegate', ['Agent']],
    ['research it with two subagents', 'demo: delegate', ['Agent', 'Agent']],
    ['think about it', 'demo: thinking', []],
    ['tell me a long story', 'demo: long answer', []],
    ['count to 100', 'demo: long answer', []],
    ['run the tests', 'demo: tests', ['Bash']],
    ['run a command', 'demo: tests', ['Bash']],
    ['run `uname -a`', 'demo: command of the person', ['Bash']],
    ['trigger an error', 'demo: error', ['Bash']],
    ['search the web for cats', 'demo: web', []],
    ['use the tool greet', 'demo: tool of a server', []],
    ['which tools do you have?', 'demo: tools', []],
    ['show me Markdown', 'demo: markdown', []],
    ['My name is Ada', 'demo: introduction', []],
    ['what is my name?', 'demo: name asked', []],
    ['Kannst du Deutsch?', 'demo: default', []],
  ])('answers "%s" with %s', (words, scenario, tools) => {
    expect(ask(words)).toMatchObject({ scenario, tools });
  });

  test('says in its greeting what it is and how to get the real one', () => {
    expect(ask('hello').text).toMatch(/offline demo model[\s\S]*ANTHROPIC_API_KEY/);
  });

  test('writes what it is asked to, where the workspace is', () => {
    const write = ask('create docs/notes.txt with the text "one two"').replies.find(
      (reply) => reply.kind === 'useTool',
    );
    expect(write).toMatchObject({ input: { file_path: '/space/docs/notes.txt', content: 'one two\n' } });
  });

  test('takes a denial as guidance and writes elsewhere', () => {
    const denied = ask(
      afterTool(
        'write a file',
        'Write',
        { content: 'call it better.md', is_error: true },
        { file_path: '/space/hello.md', content: 'x' },
      ),
    );
    expect(denied.text).toContain('call it better.md');
    expect(denied.replies.at(-1)).toMatchObject({
      name: 'Write',
      input: { file_path: '/space/better.md', content: 'x' },
    });
  });

  test('does not repeat what the platform tells the model of a plain denial', () => {
    const content = 'The user does not want this tool call. Stop and ask what to do instead.';
    const denied = ask(afterTool('run ls', 'Bash', { content, is_error: true }, { command: 'ls' }));
    expect(denied.text).toContain('Understood, I will not use **Bash** here.');
    expect(denied.text).not.toContain('Stop and ask');
  });

  test('shows what it would have written when it may not write', () => {
    const denied = ask(
      afterTool(
        'write a file',
        'Write',
        { content: 'no', is_error: true },
        { file_path: '/space/hello.md', content: '# Hi\n' },
      ),
    );
    expect(denied).toMatchObject({ scenario: 'demo: denied', tools: [] });
    expect(denied.text).toContain('# Hi');
  });

  test('proposes a plan instead of writing in plan mode, and writes once it is approved', () => {
    const active: RequestMessage = {
      role: 'system',
      content: 'Plan mode is active. You should create your plan at /home/plans/a.md using the Write tool.',
    };
    const exited: RequestMessage = { role: 'system', content: '## Exited Plan Mode' };
    const tools = [...everyTool, 'ExitPlanMode'];
    const opening = ask([{ role: 'user', content: 'write a file' }, active], tools);
    const written = ask([...afterTool('write a file', 'Write', { content: 'ok' }), active], tools);
    const approved = ask([active, { role: 'user', content: 'write a file' }, exited], tools);

    expect(opening.replies.at(-1)).toMatchObject({ name: 'Write', input: { file_path: '/home/plans/a.md' } });
    expect(written.tools).toEqual(['ExitPlanMode']);
    expect(approved.scenario).toBe('demo: write file');
  });

  test('does not take a failing command for a denial', () => {
    const failed = ask(afterTool('trigger an error', 'Bash', { content: 'Exit code 1\nbad', is_error: true }));
    expect(failed.text).toMatch(/exit code 1[\s\S]*bad/);
  });

  test('reads a file that exists before it writes over it', () => {
    const content = '<tool_use_error>File has not been read yet. Read it first before writing to it.</tool_use_error>';
    expect(ask(afterTool('write hello.md', 'Write', { content, is_error: true })).tools).toEqual(['Read']);
  });

  test('edits by changing what the person quotes', () => {
    const edit = ask(
      afterTool(
        'replace "one" with "two" in a.txt',
        'Read',
        { content: '1\tone\n2\tthree\n' },
        { file_path: '/space/a.txt' },
      ),
    );
    expect(edit.replies.at(-1)).toMatchObject({
      name: 'Edit',
      input: { file_path: '/space/a.txt', old_string: 'one', new_string: 'two' },
    });
  });

  test('repeats the answers to its questions', () => {
    const content =
      'Your questions have been answered: "Which language?"="Rust", "Which extras?"="Tests, CI". You can now continue.';
    const { text } = ask(afterTool('ask me', 'AskUserQuestion', { content }));
    expect(text).toMatch(/Which language\? \*\*Rust\*\*[\s\S]*Which extras\? \*\*Tests, CI\*\*/);
  });

  test('knows a name from an earlier turn and repeats earlier words', () => {
    const earlier: RequestMessage[] = [
      { role: 'user', content: 'hello, my name is Grace' },
      { role: 'assistant', content: 'Nice to meet you!' },
    ];
    expect(ask([...earlier, { role: 'user', content: 'What is my name?' }]).text).toContain('Grace');
    expect(ask([...earlier, { role: 'user', content: 'what did I say?' }]).text).toContain('hello, my name is Grace');
  });

  test.each(['Continue.', 'Please try again.', 'go on'])('takes up what it was last asked for after "%s"', (words) => {
    const earlier: RequestMessage[] = [
      { role: 'user', content: 'run the tests' },
      { role: 'assistant', content: 'I run' },
      { role: 'user', content: words },
    ];
    expect(ask(earlier)).toMatchObject({ scenario: 'demo: continue', tools: ['Bash'] });
    const ran: RequestMessage[] = [
      ...earlier,
      { role: 'assistant', content: [{ type: 'tool_use', id: 't', name: 'Bash', input: {} }] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't', content: '11 passed' }] },
    ];
    expect(ask(ran)).toMatchObject({ tools: [], text: expect.stringContaining('11 passed') as unknown });
    expect(ask(words).tools).toEqual([]);
  });

  test('goes on after a recovery with its own task, from the step where it stood', () => {
    const note =
      '[MESSAGE FROM NON-USER SOURCE - NOT USER INPUT]\nThe process that ran you ended unexpectedly in the middle of your work. Go on with the task.';
    const cutOff: RequestMessage[] = [
      { role: 'user', content: 'tell me a long story, number six' },
      { role: 'assistant', content: 'No response requested.' },
      { role: 'user', content: note },
    ];
    expect(ask(cutOff)).toMatchObject({ tools: [], text: expect.stringContaining('The little process') as unknown });
    const worked: RequestMessage[] = [
      { role: 'user', content: 'run the tests' },
      { role: 'assistant', content: [{ type: 'tool_use', id: 't', name: 'Bash', input: {} }] },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 't', content: '11 passed' },
          { type: 'text', text: note },
        ],
      },
    ];
    expect(ask(worked)).toMatchObject({ tools: [], text: expect.stringContaining('11 passed') as unknown });
  });

  test('asks again for a call whose process died while it waited for a person', () => {
    const asked: RequestMessage[] = [
      { role: 'user', content: 'run the tests' },
      {
        role: 'assistant',
        content: [
          { type: 'text', text: 'I run it.' },
          { type: 'tool_use', id: 't', name: 'Bash', input: { command: 'true' } },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 't', content: '[Tool call interrupted by a restart]', is_error: true },
          { type: 'text', text: 'The process that ran you ended unexpectedly in the middle of your work. Go on.' },
        ],
      },
    ];
    expect(ask(asked)).toMatchObject({ scenario: 'demo: continue', tools: ['Bash'] });
  });

  test('streams a long answer for at least thirty seconds', () => {
    for (const words of ['a long story', 'count to 50', 'count to 4000']) {
      const [reply] = ask(words).replies;
      if (reply?.kind !== 'say' || reply.tokensPerSecond === undefined)
        throw new Error('It says something at its own pace');
      expect(toTokens(reply.text) / reply.tokensPerSecond).toBeGreaterThan(30);
      expect(reply.tokensPerSecond).toBeLessThanOrEqual(40);
    }
  });

  test('says so where a tool is missing', () => {
    for (const words of [
      'list files',
      'write a file',
      'edit a.md',
      'make a plan',
      'ask me',
      'delegate',
      'run tests',
      'error',
    ]) {
      expect(ask(words, [])).toMatchObject({ tools: [], text: expect.stringMatching(/.+/) as unknown });
    }
  });
});

test('calls the tools of servers, with what was said or what they require, and tells their answer', () => {
  const tools = [...everyTool, 'mcp__words__count', 'mcp__words__greet'];
  const called = ask('Use the tool greet with {"name": "Ada"}', tools);
  expect(called.replies).toContainEqual(expect.objectContaining({ name: 'mcp__words__greet', input: { name: 'Ada' } }));
  expect(ask('call tool `mcp__words__count`', tools).tools).toEqual(['mcp__words__count']);
  expect(ask('use the tool nothing', tools).text).toContain('no tool that is called `nothing`');
  expect(ask('use the tool greet with {oops}', tools).text).toContain('no JSON object');
  const answered = afterTool('use the tool greet', 'mcp__words__greet', { content: 'Hello Ada' });
  expect(ask(answered, tools).text).toContain('Hello Ada');
  expect(ask('list the tools', tools).text).toContain('`mcp__words__greet`');
});
