import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { say, useTool } from '@claude-sdk-pattern/scripted-model';
import { until } from '@claude-sdk-pattern/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { findOverflow, findViolations } from './support/axe.ts';
import { chatOf } from './support/chat.ts';
import { openStage, type Stage } from './support/stage.ts';
import { findSmallTargets } from './support/targets.ts';

const ROOT = join(import.meta.dirname, '..');
const FIXTURE = join(ROOT, 'apps/server/src/agent-process/mcp/fixtures/stdio-server.mjs');
const HOSTILE = join(import.meta.dirname, 'support/hostile-app.html');
const DEBUG = join(ROOT, 'node_modules/@modelcontextprotocol/server-debug');

let stage: Stage;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'e2e-apps-'));
  stage = await openStage({
    scenarios: [
      { match: { userText: 'real' }, reply: [useTool('mcp__real__debug-tool', { contentType: 'text' }), say('Look.')] },
      { match: { userText: 'hostile' }, reply: [useTool('mcp__hostile__app', { place: 'here' }), say('Beware.')] },
      {
        match: { userText: 'twice' },
        reply: [
          useTool('mcp__hostile__app', { place: 'here' }),
          useTool('mcp__hostile__app', { place: 'there' }),
          say('Both.'),
        ],
      },
      { reply: [say('Hello.')] },
    ],
  });
  // What the sandbox of a session may read.
  await cp(DEBUG, join(folder, 'debug'), { recursive: true });
  await cp(FIXTURE, join(folder, 'fixture.mjs'));
  await cp(HOSTILE, join(folder, 'hostile.html'));
  const root = '${CLAUDE_PLUGIN_ROOT}';
  const mcpServers = {
    real: { command: 'node', args: [`${root}/debug/dist/index.js`, '--stdio'] },
    hostile: { command: 'node', args: [`${root}/fixture.mjs`, `--app=${root}/hostile.html`] },
  };
  await writeFile(join(folder, '.mcp.json'), JSON.stringify({ mcpServers }));
  await mkdir(join(folder, 'hooks'));
  const guard = { matcher: 'mcp__real__debug-refresh', hooks: [{ type: 'command', command: 'true' }] };
  await writeFile(join(folder, 'hooks/hooks.json'), JSON.stringify({ hooks: { PreToolUse: [guard] } }));
  const plugin = await post('/api/v1/plugins', { source: { type: 'path', path: folder } });
  await post(`/api/v1/plugins/${plugin.name}/activate`, { grants: { hooks: ['PreToolUse'] } });
});
afterAll(async () => {
  await stage?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

function send(method: 'POST' | 'PUT', path: string, body: unknown): Promise<Response> {
  const headers = { 'content-type': 'application/json' };
  return stage.server.fetch(path, { method, headers, body: JSON.stringify(body) });
}

async function post(path: string, body: unknown): Promise<{ name: string; id: string }> {
  const answer = await send('POST', path, body);
  if (!answer.ok) throw new Error(await answer.text());
  return (await answer.json()) as { name: string; id: string };
}

async function putRules(rules: unknown[]): Promise<void> {
  const { version } = (await (await stage.server.fetch('/api/v1/policy')).json()) as { version: number };
  expect((await send('PUT', '/api/v1/policy', { version, rules })).status).toBe(200);
}

test('shows the app of a real server, which stays in its frame and comes back with the page', async () => {
  const page = await stage.open();
  const chat = chatOf(page);
  await chat.say('hello');
  await chat.waitUntilReady();
  const { pathname: sessionPath } = new URL(page.url());
  // A server that is slow to start misses the first turn.
  await until('the server is ready', async () => {
    const answer = await stage.server.fetch(`/api/v1${sessionPath}/mcp-servers`);
    const { data } = (await answer.json()) as { data: { name: string; state: string }[] };
    return data.some(({ name, state }) => name === 'real' && state === 'ready');
  });
  await chat.say('real');
  await chat.approval.getByRole('button', { name: 'Allow once' }).click();
  await chat.waitUntilReady();
  const app = page.frameLocator('iframe[title="App of real"]');
  // It tells its server of all that it sees, by a tool that the agent does not have.
  const wants = (tool: string) => page.getByRole('alert').filter({ hasText: `The app of real wants to call ${tool}` });
  const ready = page.locator(':not([aria-disabled])');
  const log = wants('debug-log');
  await log.getByRole('button', { name: 'Allow for this app' }).and(ready).press('Enter');
  await log.waitFor({ state: 'detached' });
  await app.getByText('claude-sdk-pattern v').waitFor();
  // The server is told that apps are shown, and the app gets what the CLI drops of the result.
  await app.getByText('ontoolresult:').waitFor();
  await app.getByRole('button', { name: 'Call debug-refresh' }).click();
  expect(await findViolations(page)).toEqual([]);
  await wants('debug-refresh').getByRole('button', { name: 'Allow once' }).and(ready).press('Enter');
  await app.getByText('server-tool-result:').waitFor();
  const audit = await stage.server.fetch('/api/v1/audit?action=app.call');
  const { data: facts } = (await audit.json()) as { data: { outcome: string; details: Record<string, unknown> }[] };
  expect(facts.find(({ details }) => details['tool'] === 'debug-refresh')).toMatchObject({
    ...{ outcome: 'success', details: { server: 'real', confirmed: true } },
  });
  const path = await page.locator('iframe[title="App of real"]').getAttribute('src');
  const call = async (body: unknown) => {
    const answer = await send('POST', `${path}/calls`, body);
    return [answer.status, await answer.text()];
  };
  const [status, asked] = await call({ tool: 'debug-refresh' });
  expect([status, asked]).toEqual([200, expect.stringContaining('needs_confirmation')]);
  const { confirmation } = JSON.parse(String(asked)) as { confirmation: { once: string } };
  const refresh = { tool: 'debug-refresh', confirmed: confirmation.once };
  expect(await call({ tool: 'app', confirmed: confirmation.once })).toEqual([
    404,
    expect.stringContaining('no tool app'),
  ]);
  // What a second person has to allow waits for nobody here.
  await putRules([{ effect: 'ask', rule: 'mcp__real__debug-refresh', four_eyes: true }]);
  expect(await call(refresh)).toEqual([403, expect.stringContaining('second person')]);
  // A rule asks about this very call: what was allowed for the app is not enough.
  await putRules([{ effect: 'ask', rule: 'mcp__real__debug-refresh' }]);
  expect(await call(refresh)).toEqual([200, expect.stringContaining('needs_confirmation')]);
  await putRules([{ effect: 'deny', rule: 'mcp__real__debug-refresh', reason: 'Nobody refreshes' }]);
  expect(await call(refresh)).toEqual([403, expect.stringContaining('Nobody refreshes')]);
  // A command of a plugin checks such calls of agents, and cannot check this one.
  await putRules([{ effect: 'allow', rule: 'mcp__real__debug-refresh' }]);
  expect(await call({ tool: 'debug-refresh' })).toEqual([
    200,
    expect.stringContaining('and cannot check those of apps'),
  ]);
  await putRules([{ effect: 'deny', rule: 'mcp__real' }]);
  const read = await send('POST', `${path}/resources`, { uri: 'ui://debug-tool/mcp-app.html' });
  expect([read.status, await read.text()]).toEqual([403, expect.stringContaining('may not read')]);
  await putRules([]);
  expect(await call(refresh)).toEqual([200, expect.stringContaining('Server timestamp')]);
  for (const tool of ['__proto__', 'constructor', 'mcp__real__debug-refresh', 'mcp__hostile__echo'])
    expect(await call({ tool })).toEqual([404, expect.stringContaining('no tool')]);
  const odd = '{"tool":"debug-refresh","input":{"__proto__":{"polluted":true},"constructor":{}}}';
  const headers = { 'content-type': 'application/json' };
  expect((await stage.server.fetch(`${path}/calls`, { method: 'POST', headers, body: odd })).status).toBeLessThan(500);
  expect(Object.keys(Object.prototype)).toEqual([]);
  const many = await Promise.all(Array.from({ length: 100 }, async () => (await call(refresh))[0]));
  expect(new Set(many)).toEqual(new Set([200, 529]));
  const elsewhere = await post('/v1/sessions', { title: 'Elsewhere' });
  const foreign = `${path}`.replace(sessionPath.split('/').at(-1) ?? '', elsewhere.id);
  expect((await send('POST', `${foreign}/calls`, refresh)).status).toBe(404);
  await send('POST', `/api/v1/processes/${sessionPath.split('/').at(-1)}/hibernate`, {});
  await expect.poll(() => call(refresh)).toEqual([409, expect.stringContaining('Send a message first')]);
  await page.setViewportSize({ width: 390, height: 844 });
  expect(await findOverflow(page)).toBe(0);
  expect(await findSmallTargets(page)).toEqual([]);
  await page.reload();
  await app.getByText('claude-sdk-pattern v').waitFor();
  expect(await findViolations(page)).toEqual([]);
  await page.getByRole('button', { name: 'Input and output as text' }).click();
  await chat.conversation.getByText('Output', { exact: true }).waitFor();
});

test('keeps a hostile app from everything but what a person allows', async () => {
  const page = await stage.open();
  const chat = chatOf(page);
  await chat.say('hostile');
  await chat.approval.getByRole('button', { name: 'Allow once' }).click();
  await chat.waitUntilReady();
  const wish = page.getByRole('alert').filter({ hasText: 'The app of hostile wants to send this as your message' });
  const [, found = ''] = /Found (\{.*\})/s.exec(await wish.innerText()) ?? [];
  expect(JSON.parse(found)).toEqual({
    ...{ origin: 'null', cookie: 'SecurityError', storage: 'SecurityError', database: 'SecurityError' },
    ...{ parent: 'SecurityError', top: 'SecurityError', window: 'null', dialog: 'false', fullscreen: 'false' },
    // It may call this, and the page stays.
    history: 'called',
    ...{ api: 'TypeError', declared: 'TypeError', image: 'Blocked' },
    ...{ structured: '{"sky":"blue"}', meta: '{"note":"for the app"}' },
    ...{ call: -32_000, unknown: -32_601, script: -32_602 },
  });
  await page.getByText('asks for https://api.example.com. Apps reach nothing outside').waitFor();
  const frame = page.locator('iframe[title="App of hostile"]');
  expect((await frame.boundingBox())?.height).toBeLessThanOrEqual(640);
  const path = (await frame.getAttribute('src')) ?? '';
  const alone = await stage.server.fetch(path, { headers: { 'sec-fetch-dest': 'document' } });
  expect([alone.status, await alone.text()]).toEqual([400, expect.stringContaining('in its session only')]);

  // A press so soon after a frame has moved may reach the frame, so the keyboard answers.
  const ready = page.locator(':not([aria-disabled])');
  // Refused, it leads its frame elsewhere.
  const app = frame.contentFrame();
  await wish.getByRole('button', { name: 'Refuse' }).and(ready).press('Enter');
  await app.getByText('It was refused.').click();
  await page.getByText('This app tried to leave its page').waitFor();
  expect(await frame.count()).toBe(0);

  // Allowed, it floods the page.
  await page.getByRole('button', { name: 'Show it' }).click();
  await wish.getByRole('button', { name: 'Send it' }).and(ready).press('Enter');
  await chat.waitUntilReady();
  await app.getByText('It was sent.').click();
  await page.getByText('This app sent more messages than are read').waitFor();

  // Who may only look gets the app, and its wishes are refused.
  const viewer = await stage.addPerson('Vera');
  const share = { method: 'PUT', headers: { 'content-type': 'application/json' }, body: '{"level":"view"}' };
  const { pathname } = new URL(page.url());
  await stage.server.fetch(`/api/v1${pathname}/shares/${viewer.id}`, share);
  const theirs = await stage.open({ as: viewer, path: pathname });
  await theirs.frameLocator('iframe[title="App of hostile"]').getByText('It was refused.').waitFor();
  expect(await theirs.getByText('wants to send').count()).toBe(0);
  // What browsers say of the attempts.
  stage.takeProblems();
});

/** Runs in an app: it scrolls the page around it, takes the keys and wants another height. */
const TAKE_OVER = `(async () => {
  const field = document.body.appendChild(document.createElement('input'));
  field.scrollIntoView();
  field.focus();
  window.focus();
  parent.postMessage({ jsonrpc: '2.0', method: 'ui/notifications/size-changed', params: { height: 60 } }, '*');
  await new Promise((resolve) => setTimeout(resolve, 50));
})()`;

test('shows one question of apps at a time, and nothing moves or takes the focus meanwhile', async () => {
  await putRules([{ effect: 'allow', rule: 'mcp__hostile__app' }]);
  const page = await stage.open();
  await page.setViewportSize({ width: 1280, height: 1500 });
  const chat = chatOf(page);
  await chat.say('twice');
  await chat.waitUntilReady();
  const wish = page.getByRole('alert').filter({ hasText: 'The app of hostile wants to send this as your message' });
  const other = page.getByText('This app waits, because another one asks you something.');
  await other.waitFor();
  await page.getByText('This app waits for your answer below.').waitFor();
  const frames = page.locator('iframe[title="App of hostile"]');
  expect([await frames.count(), await wish.count()]).toEqual([2, 1]);
  const ready = page.locator(':not([aria-disabled])');
  const refuse = wish.getByRole('button', { name: 'Refuse' }).and(ready);
  await refuse.focus();
  const places = async () => JSON.stringify(await Promise.all([wish, other].map((each) => each.boundingBox())));
  const before = await places();
  for (const frame of await frames.all()) {
    await frame.contentFrame().locator('body').evaluate(TAKE_OVER);
  }
  expect(await places()).toBe(before);
  expect(await refuse.evaluate((button) => button === button.ownerDocument.activeElement)).toBe(true);
  // axe scrolls while it looks, so it looks when the places are measured.
  expect(await findViolations(page)).toEqual([]);
  // Not `press`, which would take the focus back.
  await page.keyboard.press('Enter');
  // The next question comes, and the height that was wanted meanwhile counts once both are answered.
  const countRefused = async () => {
    const counts = (await frames.all()).map((frame) => frame.contentFrame().getByText('It was refused.').count());
    return (await Promise.all(counts)).filter((count) => count > 0).length;
  };
  await expect.poll(countRefused).toBe(1);
  await wish.getByRole('button', { name: 'Refuse' }).and(ready).press('Enter');
  await other.waitFor({ state: 'detached' });
  await expect.poll(countRefused).toBe(2);
  await expect.poll(async () => (await frames.first().boundingBox())?.height).toBe(60);
  await putRules([]);
});
