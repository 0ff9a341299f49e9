import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';

import { hang, say, startScriptedModel, useTool, type ScriptedModel } from '@claude-sdk-pattern/scripted-model';
import { startServer, until, type TestServer } from '@claude-sdk-pattern/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { chat } from '../src/chat/chat.ts';
import { drain } from '../src/drain.ts';
import { stop } from '../src/stop.ts';

const MAIN = join(import.meta.dirname, '../src/main.ts');

let model: ScriptedModel;
let server: TestServer;

beforeAll(async () => {
  model = await startScriptedModel({
    scenarios: [
      {
        match: { userText: 'touch' },
        reply: [[say('I will make it.'), useTool('Bash', { command: 'touch made.txt' })], say('That is all.')],
      },
      {
        match: { userText: 'choose' },
        reply: [
          useTool('AskUserQuestion', {
            questions: [
              {
                question: 'Which colour?',
                header: 'Colour',
                multiSelect: false,
                options: [
                  { label: 'Red', description: 'warm' },
                  { label: 'Blue', description: 'cold' },
                ],
              },
            ],
          }),
          (conversation) => say(JSON.stringify(conversation).includes('Blue') ? 'Blue it is.' : 'No answer came.'),
        ],
      },
      { match: { userText: 'wait' }, reply: [[say('Waiting'), hang()]] },
      { match: { userText: 'one' }, reply: [say('First answer.')] },
      { match: {}, reply: [say('Hello \u001B[31mthere.')] },
    ],
  });
  server = await startServer({ upstreamUrl: model.url });
});

afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await model?.[Symbol.asyncDispose]();
});

function spawnChat(args: string[], apiKey: string) {
  return spawn(process.execPath, [MAIN, 'chat', '--url', server.url, ...args], {
    env: { PATH: process.env['PATH'] ?? '', CLAUDE_SDK_PATTERN_API_KEY: apiKey },
  });
}

/** Runs `csp chat` as a process with pipes instead of a terminal. */
async function runChat(args: string[], { stdin = '', apiKey = server.apiKey } = {}) {
  const child = spawnChat(args, apiKey);
  child.stdin.end(stdin);
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { stdout, stderr, code: code as number };
}

describe('with pipes', () => {
  test('prints the answer and nothing else, without what a terminal obeys', async () => {
    expect(await runChat(['--print', 'hello'])).toEqual({ stdout: 'Hello there.\n', stderr: '', code: 0 });
  });

  test('ends without an error when the reader of its output has ended', async () => {
    const child = spawnChat(['--print', 'hello'], server.apiKey);
    child.stdin.end();
    child.stdout.destroy();
    const [stderr, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
    expect({ stderr, code }).toEqual({ stderr: '', code: 141 });
  });

  test('denies what would need an approval, says so, and lets the turn end', async () => {
    const { stdout, stderr, code } = await runChat(['--print', 'touch it']);
    expect(stdout).toBe('I will make it.\nThat is all.\n');
    expect(stderr).toContain('denied');
    expect(code).toBe(0);
  });

  test('explains a key that the server does not accept', async () => {
    const { stdout, stderr, code } = await runChat(['--print', 'hello'], { apiKey: 'wrong' });
    expect({ stdout, code }).toEqual({ stdout: '', code: 1 });
    expect(stderr).toContain('CLAUDE_SDK_PATTERN_API_KEY');
  });

  test('explains a session that does not exist', async () => {
    const { stderr, code } = await runChat(['--session', 'sesn_none', '--print', 'hello']);
    expect(stderr).toContain('sesn_none');
    expect(code).toBe(1);
  });

  test('answers every line that is piped in, then ends', async () => {
    const { stdout, code } = await runChat([], { stdin: 'one\nhello\n' });
    expect(stdout).toContain('First answer.');
    expect(stdout).toContain('Hello there.');
    expect(code).toBe(0);
  });
});

/** Runs `csp chat` in this process, with a terminal that the test types into. */
function openTerminal(args: string[] = [], to = server) {
  const input = Object.assign(new PassThrough(), { isTTY: true });
  const output = Object.assign(new PassThrough(), { isTTY: true, columns: 100 });
  let screen = '';
  output.setEncoding('utf8').on('data', (data: string) => {
    screen += data;
  });
  const environment = { CLAUDE_SDK_PATTERN_API_KEY: to.apiKey, NO_COLOR: '1' };
  const context = { environment, print: () => {}, printError: () => {} };
  const exit = chat(['--url', to.url, ...args], context, { input, output, error: output });
  let from = 0;
  return {
    exit,
    /** Types a text, and waits until the expected text appears after it. */
    async type(keys: string, expected: string): Promise<string> {
      from = screen.length;
      input.write(keys);
      return this.see(expected);
    },
    async see(expected: string): Promise<string> {
      await until(`the terminal shows "${expected}"; it shows: ${screen}`, () => screen.indexOf(expected, from) >= 0);
      return screen.slice(from);
    },
    leave: () => input.write('\u0004'),
  };
}

describe('at a terminal', () => {
  test('shows the command, asks, and runs it when it is allowed', async () => {
    const terminal = openTerminal();
    await terminal.see('> ');
    const shown = await terminal.type('touch it\r', 'y = once');
    expect(shown).toContain('● Bash touch made.txt');
    expect(shown).toContain('command: touch made.txt');
    const after = await terminal.type('y\r', 'That is all.');
    expect(after).toContain('└ done');
    terminal.leave();
    expect(await terminal.exit).toBe(0);
  });

  test('offers the choices of a question by number', async () => {
    const terminal = openTerminal();
    await terminal.see('> ');
    expect(await terminal.type('choose\r', 'or your own words')).toContain('2. Blue – cold');
    await terminal.type('2\r', 'Blue it is.');
    terminal.leave();
    expect(await terminal.exit).toBe(0);
  });

  test('interrupts a running turn with Ctrl-C and goes on', async () => {
    const terminal = openTerminal();
    await terminal.see('> ');
    await terminal.type('wait\r', 'Waiting');
    await terminal.type('\u0003', 'interrupted');
    await terminal.see('> ');
    await terminal.type('one\r', 'First answer.');
    terminal.leave();
    expect(await terminal.exit).toBe(0);
  });

  test('tells what a turn cost, but not of the demo, which costs nothing', async () => {
    const paid = openTerminal();
    await paid.see('> ');
    await paid.type('one\r', 'First answer.');
    expect(await paid.see(' s · ')).toContain('$');
    paid.leave();
    await paid.exit;

    await using demo = await startServer();
    const free = openTerminal([], demo);
    await free.see('> ');
    await free.type('hello\r', '— ');
    const summary = await free.see('> ');
    expect(summary).toMatch(/— [\d.]+ s\n/);
    expect(summary).not.toContain('$');
    free.leave();
    expect(await free.exit).toBe(0);
  });

  test('exits on a second Ctrl-C', async () => {
    const terminal = openTerminal();
    await terminal.see('> ');
    await terminal.type('\u0003', 'once more');
    await terminal.type('\u0003', '');
    expect(await terminal.exit).toBe(0);
  });
});

test('csp stop and csp drain say what they concern, stop it and lift it again', async () => {
  const printed: string[] = [];
  const errors: string[] = [];
  const run = async (command: typeof stop, ...args: string[]) => {
    printed.length = 0;
    const code = await command([...args, '--url', server.url], {
      environment: { CLAUDE_SDK_PATTERN_API_KEY: server.apiKey },
      print: (line) => void printed.push(line),
      printError: (line) => void errors.push(line),
    });
    return { code, text: printed.join('\n') };
  };
  expect(await run(stop, 'all')).toMatchObject({ code: 2 });
  expect(await run(stop, 'all', '--dry-run')).toMatchObject({
    code: 0,
    text: expect.stringMatching(/^Would concern \d+ running turns? of \d+ (person|people), \d+ agent process/),
  });
  const stopped = await run(stop, 'all', '--reason', 'A drill');
  const [, id = ''] = /--lift (stop_\w+)/.exec(stopped.text) ?? [];
  expect((await run(stop)).text).toMatch(new RegExp(`^${id}  all agents, since .* by Administrator: A drill$`));
  expect(await run(stop, '--lift', id)).toEqual({ code: 0, text: `Lifted ${id}.` });
  expect(await run(stop, 'user', 'nobody@example.com', '--reason', 'x')).toMatchObject({ code: 1 });
  expect(errors.at(-1)).toBe('There is no user with the address nobody@example.com.');

  await run(drain, '--reason', 'A new kernel');
  expect((await run(drain, '--reason', 'Again')).text).toBe('The server drains already.');
  expect((await run(stop)).text).toContain(': A new kernel');
  expect((await run(drain, '--resume')).text).toBe('The server takes turns again.');
  expect((await run(stop)).text).toBe('Nothing is stopped.');
});
