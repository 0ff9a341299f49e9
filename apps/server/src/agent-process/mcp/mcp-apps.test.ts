import { expect, it } from 'vitest';

import { toAppOrigins } from './app-origins.ts';
import { readToolApp } from './mcp-app-meta.ts';
import { createMcpApps, toAppReference, type KeepAppPage } from './mcp-apps.ts';
import { createRelayedTools } from './relayed-tools.ts';

const never = new AbortController().signal;
const toAnswer = (content: Record<string, unknown>) => ({
  contents: [{ uri: 'ui://a/b', mimeType: 'text/html;profile=mcp-app', ...content }],
});

function openApps(answers: unknown[], keep: KeepAppPage = () => Promise.resolve()) {
  const read: string[] = [];
  const apps = createMcpApps({
    serverIdentity: 'of docs',
    server: 'docs',
    keep,
    read(uri) {
      read.push(uri);
      const answer = answers[Math.min(read.length, answers.length) - 1];
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
  });
  return { apps, read };
}

it('reads the page of an app once, until the server has changed, and keeps it each time', async () => {
  const kept: string[] = [];
  const csp = { connectDomains: ['https://api.example.com', 'http://plain.example.com', 7], resourceDomains: 'all' };
  const { apps, read } = openApps(
    [toAnswer({ text: '<p>1', _meta: { ui: { csp } } }), toAnswer({ blob: Buffer.from('<p>2').toString('base64') })],
    ({ page }) => Promise.resolve(void kept.push(page.html)),
  );
  const first = await apps.open('ui://a/b', never);
  expect(first).toEqual({ resource_uri: 'ui://a/b', digest: expect.stringMatching(/^[0-9a-f]{64}$/) as unknown });
  expect(await apps.open('ui://a/b', never)).toEqual(first);
  apps.forget();
  expect((await apps.open('ui://a/b', never)).digest).not.toBe(first.digest);
  expect([read.length, kept]).toEqual([2, ['<p>1', '<p>1', '<p>2']]);
});

it('says why an app has no page, and tries again at the next call', async () => {
  const odd = [
    toAnswer({ text: 'x'.repeat(2 * 1024 * 1024 + 1) }),
    toAnswer({ text: 'x', mimeType: 'text/html' }),
    { contents: [] },
    new Error('no shelf'),
    toAnswer({ text: 'x' }),
  ];
  const { apps } = openApps(odd);
  const problems: unknown[] = [];
  for (const _ of odd) problems.push((await apps.open('ui://a/b', never)).problem);
  expect(problems).toEqual([
    'its page is larger than 2 MB',
    'its page is text/html, which is not text/html;profile=mcp-app',
    'its server has no page for it',
    'no shelf',
    undefined,
  ]);
  const full = openApps([toAnswer({ text: 'x' })], () => Promise.reject(new Error('the disk is full')));
  expect(await full.apps.open('ui://a/b', never)).toEqual({ resource_uri: 'ui://a/b', problem: 'the disk is full' });
});

it('gives an app what the result holds for it, up to a limit', () => {
  const app = { resource_uri: 'ui://a/b', digest: 'd' };
  const result = { content: [], structuredContent: { a: 1 }, _meta: { b: 2 } };
  expect(toAppReference(app, result)).toEqual({ ...app, structured_content: { a: 1 }, result_meta: { b: 2 } });
  const large = { ...result, structuredContent: { a: 'x'.repeat(300_000) } };
  expect(toAppReference(app, large)).toEqual({ ...app, is_cut: true });
});

it('passes on as origins only public names with encryption', () => {
  const good = ['https://a.example.com', 'https://*.Example.com:8443/', 'wss://a.example.com'];
  const bad = [
    ...['http://a.example.com', 'https://localhost', 'https://127.0.0.1', 'https://[::1]', 'https://router.lan'],
    ...[
      'https://*',
      'https://*.com',
      "https://a.example.com; script-src 'self'",
      'https://a.example.com/path',
      "'self'",
    ],
    ...['data:', 'https://a@b.example.com', 'https://intranet', 'https://x.internal', ''],
  ];
  expect(toAppOrigins([...good, ...bad, ...good], ['https:', 'wss:'])).toEqual([
    'https://a.example.com',
    'https://*.example.com:8443',
    'wss://a.example.com',
  ]);
});

it('shows the agent no tool that is for apps alone, and knows the app of each other one, as servers old and new name it', () => {
  const tools = createRelayedTools('docs');
  const tool = (name: string, _meta: unknown) => ({ name, inputSchema: { type: 'object' as const }, _meta });
  tools.replace([
    tool('new', { ui: { resourceUri: 'ui://new' } }),
    tool('old', { 'ui/resourceUri': 'ui://old' }),
    tool('hidden', { ui: { resourceUri: 'ui://x', visibility: ['app'] } }),
    tool('odd', { ui: { resourceUri: 'https://x', visibility: 'app' } }),
    tool('plain', undefined),
  ]);
  expect(tools.list.map(({ name }) => [name, tools.findAppUri(`mcp__docs__${name}`)])).toEqual([
    ['new', 'ui://new'],
    ['old', 'ui://old'],
    ['odd', undefined],
    ['plain', undefined],
  ]);
  expect(readToolApp(tool('both', { ui: { visibility: ['model'] } })).isForApps).toBe(false);
});
