import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';

import { startServer } from '@claude-sdk-pattern/testkit';
import { expect, it } from 'vitest';

import { rotateSecrets } from '@claude-sdk-pattern/server/rotate-secrets';
import { loadConfig } from '@claude-sdk-pattern/server/config/load-config';
import { secrets } from './secrets.ts';
import { signIns } from './sign-ins.ts';
import { schedules } from './schedules.ts';
import { usage } from './usage.ts';

it('sets, lists and removes secrets by the API beside sign-ins and usage, and encrypts them with another key', async () => {
  await using server = await startServer();
  const environment: Record<string, string> = {
    CLAUDE_SDK_PATTERN_DATA_DIR: server.dataDir,
    CLAUDE_SDK_PATTERN_API_KEY: server.apiKey,
  };
  const run = async (line: string, input = '') => {
    const printed: string[] = [];
    const print = (text: string) => void printed.push(text);
    const context = { environment, print, printError: print };
    const code = await secrets([...line.split(' '), '--url', server.url], context, Readable.from([input]));
    return { code, text: printed.join('\n') };
  };
  expect(await run('list')).toEqual({ code: 0, text: 'There are no secrets.' });
  expect((await run('set SHARED', 'a value of the platform\n')).code).toBe(0);
  expect((await run('set OWN --user', 'a value of mine')).code).toBe(0);
  const listed = await run('list');
  expect(listed.text).toMatch(/^SHARED\tplatform\tset 2.*\nOWN\tuser\tset 2[^\n]*$/);
  expect(await run('set bad/name', 'x')).toMatchObject({ code: 1 });
  expect(await run('remove NONE')).toEqual({ code: 1, text: 'There is no secret NONE' });
  expect(await run('remove OWN --user')).toEqual({ code: 0, text: 'Removed OWN.' });
  expect((await run('set')).code).toBe(2);

  const answers = await Promise.all(
    ['/api/v1/secrets', '/api/v1/audit?action=secret.put'].map(async (path) => (await server.fetch(path)).text()),
  );
  expect(answers.join('\n')).toContain('SHARED');
  expect(answers.join('\n')).not.toContain('a value of');

  const tell = async (command: typeof signIns, line: string) => {
    const printed: string[] = [];
    const print = (text: string) => void printed.push(text);
    const code = await command([...line.split(' '), '--url', server.url], { environment, print, printError: print });
    return { code, text: printed.join('\n') };
  };
  const signs = (line: string) => tell(signIns, line);
  expect(await signs('list')).toEqual({ code: 0, text: 'Nobody has signed in to an MCP server.' });
  expect(await signs('clients')).toEqual({ code: 0, text: 'The platform is registered at no authorization server.' });
  expect(JSON.parse((await signs('list --platform --json')).text)).toEqual({ data: [], next_page: null });
  expect(await signs('begin nowhere')).toMatchObject({ code: 1, text: expect.stringMatching(/URL|url/) });
  expect(await signs('begin no-plugin docs')).toMatchObject({ code: 1 });
  expect(await signs('remove nothing')).toMatchObject({ code: 1 });
  for (const line of ['remove', 'list more', '__proto__', 'list --what'])
    expect(await signs(line)).toMatchObject({ code: 2, text: expect.stringContaining('Usage: csp sign-ins') });

  const schedule = (line: string) => tell(schedules, line);
  expect(await schedule('list')).toEqual({ code: 0, text: 'You have no deployments.' });
  const made = await server.fetch('/v1/deployments', {
    ...{ method: 'POST', headers: { 'content-type': 'application/json' } },
    body: JSON.stringify({
      ...{
        agent: 'agent_default',
        name: 'Report',
        schedule: { type: 'cron', expression: '0 9 1 1 *', timezone: 'UTC' },
      },
      initial_events: [{ type: 'user.message', content: [{ type: 'text', text: 'Report' }] }],
    }),
  });
  const { id } = (await made.json()) as { id: string };
  const shown = expect.stringMatching(
    new RegExp(`^${id}  Report  0 9 1 1 \\* UTC · next \\d{4}-01-01T09:00`),
  ) as string;
  expect(await schedule('list')).toEqual({ code: 0, text: shown });
  expect(await schedule(`pause ${id}`)).toEqual({ code: 0, text: `${id}  Report  0 9 1 1 * UTC · paused` });
  expect(await schedule(`unpause ${id}`)).toEqual({ code: 0, text: shown });
  expect(await schedule(`runs ${id}`)).toEqual({ code: 0, text: 'It has not run yet.' });
  expect(await schedule('run depl_none')).toMatchObject({ code: 1 });
  for (const line of ['run', 'list more', '__proto__', 'list --what'])
    expect(await schedule(line)).toMatchObject({ code: 2, text: expect.stringContaining('Usage: csp schedules') });

  const uses = (line: string) => tell(usage, line);
  expect(await uses('--by model')).toMatchObject({ code: 0, text: expect.stringMatching(/^No model was called from/) });
  const [head, day, ...others] = (
    await uses('--csv --from 2026-03-01 --to 2026-03-01 --time-zone Asia/Tokyo')
  ).text.split('\n');
  expect(head).toMatch(/^"group","name","requests",.*"cost_usd"/);
  expect([day, others]).toEqual([expect.stringMatching(/^"2026-03-01T00:00:00\+09:00",.*,"0.00"/), []]);
  expect(JSON.parse((await uses('--json --by user')).text)).toMatchObject({ data: [], total: { requests: 0 } });
  expect(await uses('--by colour')).toMatchObject({ code: 1, text: expect.stringContaining('group_by') });
  for (const line of ['--json --csv', '--what', 'extra'])
    expect(await uses(line)).toMatchObject({ code: 2, text: expect.stringContaining('Usage: csp usage') });

  expect(await run('rotate')).toMatchObject({ code: 0, text: expect.stringContaining('0 secrets') });
  await server.kill();
  await rename(join(server.dataDir, 'secrets.key'), join(server.dataDir, 'secrets.key.previous'));
  environment['CLAUDE_SDK_PATTERN_SECRETS_KEY'] = 'the next secrets key of this server';
  expect(await run('rotate')).toMatchObject({ code: 0, text: expect.stringContaining('1 secrets') });
  environment['CLAUDE_SDK_PATTERN_SECRETS_KEY_PREVIOUS'] = 'some key that never encrypted anything';
  expect(await rotateSecrets(loadConfig(environment))).toMatchObject({ rewrapped: 0, unreadable: 0 });
  environment['CLAUDE_SDK_PATTERN_SECRETS_KEY'] = 'yet another secrets key of this server';
  expect(await run('rotate')).toMatchObject({ code: 1, text: expect.stringContaining('SECRETS_KEY_PREVIOUS') });
});
