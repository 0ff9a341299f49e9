import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

import { hang, say, startScriptedModel } from '@claude-sdk-pattern/scripted-model';
import { startServer, until, type TestServer } from '@claude-sdk-pattern/testkit';
import { expect, it } from 'vitest';

const EXAMPLE_COMMAND = join(import.meta.dirname, '../../scripts/example.mjs');
const read = (path: string) => readFileSync(join(import.meta.dirname, path), 'utf8');

function startExample(server: TestServer, message: string) {
  const child = spawn(process.execPath, [EXAMPLE_COMMAND, 'websocket', message], {
    env: {
      PATH: process.env['PATH'],
      CLAUDE_SDK_PATTERN_URL: server.url,
      CLAUDE_SDK_PATTERN_API_KEY: server.apiKey,
    },
  });
  let previews = '';
  child.stderr.on('data', (data: Buffer) => (previews += data.toString()));
  const ended = Promise.all([text(child.stdout), once(child, 'exit')]).then(([stdout, [code]]) => ({ stdout, code }));
  return { ended, previews: () => previews };
}

it('prints the answer, and delivers the message once over a killed server', async () => {
  await using model = await startScriptedModel({
    scenarios: [{ match: {}, reply: [[say('So far'), hang({ times: 1 })], say('Done.')] }],
  });
  await using server = await startServer({ upstreamUrl: model.url });
  const example = startExample(server, 'hold');
  await until('the answer has begun', () => example.previews().includes('So far'));
  await server.kill('SIGKILL');
  await server.restart();
  const { stdout, code } = await example.ended;
  expect(stdout).toContain('So far'); // a complete answer; previews go to standard error
  expect(code).toBe(0);
  const { data: sessions } = (await (await server.fetch('/v1/sessions')).json()) as { data: { id: string }[] };
  expect(sessions).toHaveLength(1);
  const events = await server.fetch(`/v1/sessions/${sessions[0]?.id}/events?types=user.message`);
  expect(((await events.json()) as { data: unknown[] }).data).toHaveLength(1);
});

it('is the program that the guide shows, in at most 40 lines', () => {
  const program = read('main.mjs');
  expect(read('../../docs/guide/websocket.md')).toContain(`\`\`\`js\n${program}\`\`\``);
  expect(program.split('\n').length - 1).toBeLessThanOrEqual(40);
});
