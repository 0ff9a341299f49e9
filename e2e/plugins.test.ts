import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { say, useTool } from '@claude-sdk-pattern/scripted-model';
import { until } from '@claude-sdk-pattern/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

import {
  startAuthorizationServer,
  startProtectedMcp,
  type ProtectedMcp,
  type TestAuthorizationServer,
} from '../apps/server/test/support/oauth-mcp.ts';
import { findOverflow, findViolations } from './support/axe.ts';
import { chatOf } from './support/chat.ts';
import { openStage, type Stage } from './support/stage.ts';
import { findSmallTargets } from './support/targets.ts';

const SERVER = join(import.meta.dirname, '../apps/server/src/agent-process/mcp/fixtures/stdio-server.mjs');

let stage: Stage;
let folder: string;
let authorization: TestAuthorizationServer;
let docs: ProtectedMcp;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'e2e-plugin-'));
  authorization = await startAuthorizationServer();
  docs = await startProtectedMcp(authorization);
  stage = await openStage({
    environment: {
      CLAUDE_SDK_PATTERN_MCP_ORIGINS: authorization.issuer,
      // Behind the scripted model, so that nothing calls it.
      CLAUDE_SDK_PATTERN_UPSTREAMS: '[{"name": "team", "base_url": "http://127.0.0.1:9", "key_secret": "MODEL_KEY"}]',
    },
    scenarios: [
      {
        match: { userText: 'forecast' },
        reply: [useTool('mcp__almanac__echo', { sky: 'blue' }), say('It stays dry.')],
      },
      { match: { userText: 'docs' }, reply: [useTool('mcp__docs__echo', {}), say('It is written.')] },
      { reply: [say('Hello.')] },
    ],
  });
});
afterAll(async () => {
  await stage?.[Symbol.asyncDispose]();
  await docs?.[Symbol.asyncDispose]();
  await authorization?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** Writes a version of a plugin for Claude Code, with what it asks for and one skill that is broken. */
async function writePlugin(version: string, hosts: string[]): Promise<void> {
  const manifest = {
    ...{ name: 'weather', version, description: 'Forecasts for the places that you work with' },
    userConfig: {
      units: { type: 'string', title: 'Units', description: 'Of temperatures', options: ['metric', 'imperial'] },
      days: { type: 'number', title: 'Days', description: 'How far to look', required: true, min: 1, max: 14 },
      key: { type: 'string', title: 'Key', description: 'Of the service', sensitive: true },
    },
    mcpServers: { almanac: { command: 'node', args: ['${CLAUDE_PLUGIN_ROOT}/server.mjs', `--edition=${version}`] } },
    csp: { requires: { hosts, permissions: ['Bash(date)'] } },
  };
  const skill = (name: string) =>
    `---\nname: ${name}\ndescription: Tells the weather\n---\nLook out of the window, as edition ${version} says.\n`;
  await write('.claude-plugin/plugin.json', JSON.stringify(manifest));
  await copyFile(SERVER, join(folder, 'weather', 'server.mjs'));
  await write('skills/forecast/SKILL.md', skill('forecast'));
  await write('skills/broken/SKILL.md', 'without a head');
}

async function write(path: string, text: string): Promise<void> {
  const file = join(folder, 'weather', path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}

test('an administrator adds, activates, upgrades, deactivates and removes a plugin by keyboard', async () => {
  await writePlugin('1.0.0', ['api.weather.example']);
  const page = await stage.open();
  const button = (name: string) => page.getByRole('button', { name, exact: true });
  const dialog = (name: string) => page.getByRole('dialog', { name });
  await page.getByRole('link', { name: 'Settings' }).click();
  await page.getByRole('link', { name: 'Plugins' }).click();
  await page.getByRole('heading', { name: 'No plugins yet' }).waitFor();
  await button('Add a plugin').press('Enter');
  const from = page.getByRole('combobox', { name: 'From' });
  // A server by its command: what is typed wrong is told at its field, with what was meant.
  await from.selectOption('MCP server: command');
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('time server!');
  const command = page.getByRole('textbox', { name: 'Command', exact: true });
  await command.fill('npx -y "time server"');
  await command.press('Enter');
  expect(await page.locator('[aria-invalid=true]').count()).toBe(2);
  expect(await findViolations(page)).toEqual([]);
  await button('Use time-server').press('Enter');
  await button('Split it').press('Enter');
  expect(await command.inputValue()).toBe('npx');
  expect(await page.getByRole('textbox', { name: 'Arguments' }).inputValue()).toBe('-y\ntime server');
  expect(await page.locator('[aria-invalid=true]').count()).toBe(0);
  await from.selectOption('Folder on the server');
  const path = page.getByRole('textbox', { name: 'Folder', exact: true });
  await path.fill(join(folder, 'nothing'));
  await path.press('Enter');
  await page.getByRole('alert').filter({ hasText: 'does not exist on the server' }).waitFor();
  expect(await findViolations(page)).toEqual([]);
  await path.fill(join(folder, 'weather'));
  await path.press('Enter');

  // Its own page says what it brings, and what is wrong with it.
  await page.getByRole('heading', { name: 'weather', level: 1 }).waitFor();
  await page.getByText('skills/broken/SKILL.md').first().waitFor();
  await page.getByText('Not active').waitFor();
  // What has to be configured is missing; each field says what does not fit.
  const days = page.getByRole('textbox', { name: 'Days' });
  await button('Save the configuration').press('Enter');
  await page.getByText('Fill this in').waitFor();
  // The field that is wrong has the focus.
  await page.keyboard.type('30');
  expect(await days.inputValue()).toBe('30');
  await button('Use a kept secret for Key').press('Enter');
  await page.getByRole('combobox', { name: 'Key' }).fill('SKY_KEY');
  await page.getByRole('combobox', { name: 'Units' }).selectOption('metric');
  await days.press('Enter');
  await page.getByText('At most 14').waitFor();
  expect(await findViolations(page)).toEqual([]);
  // What was not saved is not lost by a press on a link.
  await page.getByRole('link', { name: 'All plugins' }).press('Enter');
  const question = dialog('Leave without saving?');
  expect(await findViolations(page)).toEqual([]);
  await question.getByRole('button', { name: 'Cancel' }).press('Enter');
  await days.fill('3');
  await days.press('Enter');
  await page.getByText('At most 14').waitFor({ state: 'detached' });
  await page.getByText('Saved', { exact: true }).waitFor();
  // A secret that is missing is set there and then, and its value is nowhere on the page.
  const secrets = page.getByRole('region', { name: 'Secrets it asks for' });
  await secrets.getByText('Missing for the platform.').waitFor();
  await secrets.getByRole('button', { name: 'Set SKY_KEY' }).press('Enter');
  await page.getByRole('textbox', { name: 'Value' }).fill('sunny side up');
  await page.keyboard.press('Escape');
  await dialog('Discard what you typed?').waitFor();
  // The question has the focus, on what loses nothing.
  await page.keyboard.press('Enter');
  await dialog('Discard what you typed?').waitFor({ state: 'detached' });
  expect(await findViolations(page)).toEqual([]);
  await dialog('Set SKY_KEY').getByRole('button', { name: 'Save' }).press('Enter');
  await secrets.getByText('Set for the platform.').waitFor();
  expect(await page.content()).not.toContain('sunny side');

  await button('Activate').press('Enter');
  await dialog('Activate weather').waitFor();
  await page.getByRole('checkbox', { name: 'api.weather.example' }).press('Space');
  await page.getByRole('checkbox', { name: 'SKY_KEY' }).waitFor();
  expect(await findViolations(page)).toEqual([]);
  await dialog('Activate weather').getByRole('button', { name: 'Activate' }).press('Enter');
  await page.getByText('Active', { exact: true }).waitFor();
  // A key that is typed is kept as a secret of its own name, and granted.
  await button('Type the value of Key').press('Enter');
  const key = page.getByLabel('Key', { exact: true });
  expect(await key.getAttribute('type')).toBe('password');
  await key.fill('over easy');
  await page.getByText('Saving also grants WEATHER_KEY to the plugin.').waitFor();
  expect(await findViolations(page)).toEqual([]);
  await key.press('Enter');
  await page.getByText('Saved', { exact: true }).waitFor();
  const kept = secrets.getByRole('listitem').filter({ hasText: 'WEATHER_KEY' });
  await kept.getByText('Set for the platform.').waitFor();
  expect(await kept.innerText()).not.toContain('Not granted');
  expect(await page.content()).not.toContain('over easy');

  // A new session has its tool.
  const chat = chatOf(await stage.open({ beside: page }));
  // Before there is a session, the message box finds its skill already, also when it was typed before the plugins were there.
  const typed = Promise.withResolvers<void>();
  await chat.page.route('**/api/v1/plugins', (route) => typed.promise.then(() => route.continue()));
  await chat.page.reload();
  await chat.composer.focus();
  await chat.page.keyboard.type('/fore');
  typed.resolve();
  await chat.page.getByRole('option', { name: /^\/weather:forecast/ }).waitFor();
  await chat.composer.fill('');
  // Its server starts when somebody has the session, and a first message waits for its tools only for a moment.
  await chat.say('hello');
  await chat.waitUntilReady();
  const [, session = ''] = /\/sessions\/(\w+)/.exec(chat.page.url()) ?? [];
  await until('its server is ready', async () => {
    const answer = await stage.server.fetch(`/api/v1/sessions/${session}/mcp-servers`);
    return (await answer.text()).includes('"state":"ready"');
  });
  await chat.say('forecast');
  await chat.approval.getByText('almanac · echo').first().waitFor();
  await chat.approval.getByText('From the plugin weather').first().waitFor();
  await chat.approval.getByRole('button', { name: 'Deny', exact: true }).click();
  await chat.find('It stays dry.').waitFor();
  await chat.waitUntilReady();
  // Its skill is found by its own name, under the name of the plugin; its server can be connected anew.
  await chat.composer.focus();
  await chat.page.keyboard.type('/fore');
  await chat.page
    .getByRole('group', { name: 'weather' })
    .getByRole('option', { name: /^\/weather:forecast/ })
    .waitFor();
  await chat.composer.fill('');
  await chat.page.keyboard.type('/servers');
  await chat.page.getByRole('option', { name: /^\/servers/ }).waitFor();
  await chat.page.keyboard.press('Enter');
  const panel = chat.page.getByRole('tabpanel', { name: 'Servers' });
  await panel.getByText('Ready').waitFor();
  await panel.getByRole('button', { name: 'Reconnect almanac' }).press('Enter');
  await panel.getByText('Ready').waitFor();
  await panel.getByRole('button', { name: /\d+ tools/ }).press('Enter');
  await panel.getByText('The tool echo').waitFor();
  expect(await findViolations(chat.page)).toEqual([]);
  await chat.page.getByRole('button', { name: 'Close the panel' }).press('Enter');

  // Its page shows how it does, and runs a tool without an agent.
  await page.reload();
  const health = page.getByRole('region', { name: 'Health' });
  await health.getByText(/started \d+ times/).waitFor();
  await button('Tools and test of almanac').press('Enter');
  await health.getByRole('searchbox', { name: 'Find a tool' }).fill('echo');
  await health.getByRole('button', { name: /^echo/ }).press('Enter');
  await button('Run echo').press('Enter');
  await health
    .getByText(/^Answered in/)
    .first()
    .waitFor();
  await health.getByText('CLAUDE_PLUGIN_ROOT').waitFor();
  expect(await findViolations(page)).toEqual([]);
  await health.getByRole('searchbox', { name: 'Find a tool' }).fill('hang');
  await health.getByRole('button', { name: /^hang/ }).press('Enter');
  await button('Run hang').press('Enter');
  await button('Stop').press('Enter');
  await health.getByText('Stopped.').waitFor();
  await button('Close the tools of almanac').press('Enter');

  // An update that asks for more waits, and says for what.
  await writePlugin('2.0.0', ['api.weather.example', 'maps.example']);
  await button('Look for an update').press('Enter');
  const pending = page.getByRole('region', { name: 'Version 2.0.0 waits for your grant' });
  await pending.getByText('maps.example').waitFor();
  expect(await findViolations(page)).toEqual([]);
  await page.setViewportSize({ width: 390, height: 844 });
  expect(await findSmallTargets(page)).toEqual([]);
  expect(await findOverflow(page)).toBe(0);
  await pending.getByRole('button', { name: 'Review' }).press('Enter');
  // What runs otherwise is shown before and after, texts line by line, and each file when it is opened.
  const review = dialog('Update weather to 2.0.0');
  await review.getByText('server.mjs --edition=1.0.0').waitFor();
  await review.getByText('server.mjs --edition=2.0.0').waitFor();
  await review.getByText('as edition 2.0.0 says').waitFor();
  await review.getByRole('button', { name: /^Files 2 changed/ }).press('Enter');
  await review.getByRole('button', { name: /plugin\.json/ }).press('Enter');
  await review.getByText('"version":"2.0.0"').waitFor();
  expect(await findViolations(page)).toEqual([]);
  expect([await findSmallTargets(page), await findOverflow(page)]).toEqual([[], 0]);
  expect(await page.getByRole('checkbox', { name: 'maps.example' }).isChecked()).toBe(false);
  expect(await page.getByRole('checkbox', { name: 'api.weather.example' }).isChecked()).toBe(true);
  await page.getByRole('checkbox', { name: 'maps.example' }).press('Space');
  await button('Update').press('Enter');
  await page.getByText('Version 2.0.0', { exact: true }).waitFor();
  await page.setViewportSize({ width: 1280, height: 860 });

  // The session that runs is told at once, says what its process has, and takes the update when it is asked to.
  const offer = chat.page.getByText('weather 1.0.0 → 2.0.0');
  await offer.waitFor();
  expect(await findViolations(chat.page)).toEqual([]);
  await chat.page.getByRole('button', { name: 'Session menu' }).press('Enter');
  await chat.page.getByRole('menuitem', { name: 'Options' }).press('Enter');
  await chat.page.getByText('started with other plugins').waitFor();
  await chat.page.getByRole('searchbox', { name: 'Search options' }).fill('weather servers');
  await chat.page.getByRole('heading', { name: 'MCP servers' }).waitFor();
  expect(await findViolations(chat.page)).toEqual([]);
  await chat.page.getByRole('link', { name: 'Back to the session' }).press('Enter');
  await chat.page.getByRole('button', { name: 'Reload' }).press('Enter');
  await offer.waitFor({ state: 'detached' });
  await chat.page.close();

  await button('More actions on weather').press('Enter');
  await page.getByRole('menuitem', { name: 'Roll back to 1.0.0' }).press('Enter');
  await dialog('Roll weather back?').getByText('server.mjs --edition=1.0.0').waitFor();
  await dialog('Roll weather back?').getByRole('button', { name: 'Roll back to 1.0.0' }).press('Enter');
  await page.getByText('Version 1.0.0', { exact: true }).waitFor();
  await button('More actions on weather').press('Enter');
  await page.getByRole('menuitem', { name: 'Deactivate' }).press('Enter');
  await dialog('Deactivate weather?').getByRole('button', { name: 'Deactivate' }).press('Enter');
  await page.getByText('Switched off', { exact: true }).waitFor();
  await button('More actions on weather').press('Enter');
  await page.getByRole('menuitem', { name: 'Remove' }).press('Enter');
  await dialog('Remove weather?').getByRole('button', { name: 'Remove' }).press('Enter');
  await page.getByRole('heading', { name: 'No plugins yet' }).waitFor();

  await page.getByRole('link', { name: 'Secrets' }).press('Enter');
  for (const name of ['SKY_KEY', 'WEATHER_KEY']) {
    await button(`Delete ${name}`).press('Enter');
    await dialog(`Delete ${name}?`).getByRole('button', { name: 'Delete' }).press('Enter');
    await button(`Delete ${name}`).waitFor({ state: 'detached' });
  }
  await page.getByRole('heading', { name: 'No secrets yet' }).waitFor();
  // The server's refusals.
  expect(stage.takeProblems().filter((problem) => !problem.includes('40'))).toEqual([]);
}, 300_000);

test('a person signs in to an MCP server from the conversation, uses it there, and signs out in the settings', async () => {
  const post = async (path: string, body: object) => {
    const headers = { 'content-type': 'application/json' };
    const answer = await stage.server.fetch(path, { method: 'POST', headers, body: JSON.stringify(body) });
    return (await answer.json()) as { id: string };
  };
  const agent = await post('/v1/agents', {
    ...{ name: 'Reader', model: 'opus', mcp_servers: [{ type: 'url', name: 'docs', url: docs.url }] },
    tools: [
      {
        ...{ type: 'mcp_toolset', mcp_server_name: 'docs' },
        default_config: { permission_policy: { type: 'always_allow' } },
      },
    ],
  });
  const session = await post('/v1/sessions', { agent: agent.id, title: 'Docs' });
  const page = await stage.open({ path: `/sessions/${session.id}` });
  const chat = chatOf(page);
  await chat.say('hello');
  const signIn = page.getByRole('button', { name: 'Sign in to docs' });
  await signIn.waitFor();
  await chat.waitUntilReady();
  expect(await findViolations(page)).toEqual([]);
  await page.setViewportSize({ width: 390, height: 844 });
  expect([await findSmallTargets(page), await findOverflow(page)]).toEqual([[], 0]);

  // To the authorization server, which asks nothing here, and back.
  await signIn.press('Enter');
  const leave = page.getByRole('dialog', { name: /^Continue to 127\.0\.0\.1:\d+\?$/ });
  await leave.waitFor();
  expect([await findViolations(page), await findSmallTargets(page)]).toEqual([[], []]);
  await leave.getByRole('button', { name: 'Continue' }).press('Enter');
  await chat.find(/docs can be used now/).waitFor();
  await page.getByText('Signed in since.').waitFor();
  expect(await signIn.count()).toBe(0);
  await chat.say('docs');
  await chat.find('It is written.').waitFor();
  expect(docs.calls).toHaveLength(1);

  await page.goto('/settings');
  const own = page.getByRole('region', { name: 'Connected servers' });
  await own.getByText('Signed in', { exact: true }).waitFor();
  expect(await findViolations(page)).toEqual([]);
  expect(await findOverflow(page)).toBe(0);
  await own.getByRole('button', { name: /^Sign out of/ }).press('Enter');
  await page.getByRole('dialog').getByRole('button', { name: 'Sign out' }).press('Enter');
  await own.getByText('You have signed in to none.').waitFor();
  expect(authorization.revocations).toHaveLength(1);

  // The platform signs in to a server of a plugin on the plugin's page.
  await post('/api/v1/plugins', {
    source: { type: 'mcp', name: 'library', url: docs.url, headers: { 'X-Shelf': '${secret:SHELF}' } },
  });
  await stage.server.fetch('/api/v1/secrets/SHELF', {
    ...{ method: 'PUT', headers: { 'content-type': 'application/json' }, body: '{"value":"third shelf"}' },
  });
  await post('/api/v1/plugins/library/activate', { grants: { secrets: ['SHELF'] } });
  await page.goto('/operate/plugins/library');
  await page.getByRole('button', { name: 'Tools and test of library' }).press('Enter');
  const ofPlatform = page.getByRole('button', { name: 'Sign in to library for the platform' });
  await ofPlatform.waitFor();
  expect(await findViolations(page)).toEqual([]);
  await ofPlatform.press('Enter');
  await leave.getByRole('button', { name: 'Continue' }).press('Enter');
  const kept = page.getByRole('list', { name: 'Sign-in of the platform' });
  await kept.getByText('Signed in', { exact: true }).waitFor();
  expect([await findViolations(page), await findSmallTargets(page), await findOverflow(page)]).toEqual([[], [], 0]);
  await kept.getByRole('button', { name: 'Sign out of library' }).press('Enter');
  await page.getByRole('dialog').getByRole('button', { name: 'Sign out' }).press('Enter');
  await kept.waitFor({ state: 'detached' });

  // An administrator changes where the server leads. It gets none of its secrets there unless somebody says so.
  await page.getByRole('button', { name: 'Change the server' }).press('Enter');
  const change = page.getByRole('dialog', { name: 'Change library' });
  const url = change.getByRole('textbox', { name: 'URL' });
  expect(await url.inputValue()).toBe(docs.url);
  await url.fill('other.example/mcp');
  await url.press('Enter');
  await change.getByRole('button', { name: 'Use https://other.example/mcp' }).press('Enter');
  await change.getByRole('group', { name: 'Send these there too?' }).waitFor();
  await url.press('Enter');
  await change.getByText('Select below what it gets').waitFor();
  expect([await findViolations(page), await findSmallTargets(page), await findOverflow(page)]).toEqual([[], [], 0]);
  await change.getByRole('checkbox', { name: 'X-Shelf: ${secret:SHELF}' }).press('Space');
  await change.getByRole('button', { name: 'Save the change' }).press('Enter');
  await page.getByRole('button', { name: 'Review' }).waitFor();
});

test('a person sets, replaces and deletes their own key for the model API, and never sees it again', async () => {
  const page = await stage.open({ path: '/settings' });
  const keys = page.getByRole('region', { name: 'Your model keys' });
  await keys.getByText('For team').waitFor();
  for (const [open, key] of [
    ['Set MODEL_KEY', 'sk-first'],
    ['Replace MODEL_KEY', 'sk-second'],
  ] as const) {
    await keys.getByRole('button', { name: open }).press('Enter');
    await page.getByRole('dialog', { name: open }).getByRole('textbox', { name: 'Value' }).fill(key);
    await page.getByRole('button', { name: 'Save' }).press('Enter');
    await keys.getByRole('button', { name: 'Replace MODEL_KEY' }).waitFor();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await page.content()).not.toContain(key);
  }
  expect(await findViolations(page)).toEqual([]);
  await keys.getByRole('button', { name: 'Delete MODEL_KEY' }).press('Enter');
  await page.getByRole('button', { name: 'Delete', exact: true }).press('Enter');
  await keys.getByRole('button', { name: 'Set MODEL_KEY' }).waitFor();
  expect(stage.takeProblems()).toEqual([]);
});
