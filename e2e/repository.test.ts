import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { say, useTool, type Scenario } from '@claude-sdk-pattern/scripted-model';
import { startGitServer, type GitServer } from '@claude-sdk-pattern/testkit';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

import { findOverflow, findViolations } from './support/axe.ts';
import { chatOf, waitPastStrayPresses } from './support/chat.ts';
import { openStage, type Stage } from './support/stage.ts';

const TOKEN = 'token-of-the-journey-5d20';
const scenarios: Scenario[] = [
  { match: { userText: 'politely' }, reply: [say('Heard.')] },
  {
    match: { userText: 'greet' },
    reply: [
      [
        useTool('Bash', {
          command: "sed -i s/Hi/Hello/ greet.js && echo '# Notes' > notes.md",
          description: 'Change two files',
        }),
      ],
      say('Both are changed.'),
    ],
  },
  {
    match: { userText: 'shout' },
    reply: [useTool('Bash', { command: 'sed -i s/Hello/HELLO/ greet.js', description: 'Shout' }), say('It shouts.')],
  },
];

let git: GitServer;
let stage: Stage;

beforeAll(async () => {
  git = await startGitServer();
  await git.create('acme/web', {
    'greet.js': "export const greet = (name) =>\n  'Hi ' + name;\n",
    'README.md': '# Web\n',
  });
  git.protect('acme', TOKEN);
  stage = await openStage({ scenarios, environment: { CLAUDE_SDK_PATTERN_GIT_SERVERS: git.origin } });
});
afterEach(() => expect(stage.takeProblems()).toEqual([]));
afterAll(async () => {
  await stage?.[Symbol.asyncDispose]();
  await git?.[Symbol.asyncDispose]();
});

test('a repository is opened from its address, changed, rewound, committed and pushed, and the token stays outside', async () => {
  const page = await stage.open({ path: '/' });
  await page.setViewportSize({ width: 1400, height: 860 });
  const chat = chatOf(page);
  await page.getByRole('button', { name: 'Start from a repository' }).click();
  await page.getByRole('textbox', { name: 'Repository' }).fill(`${git.origin}/acme/web.git`);
  await page.getByLabel('Token', { exact: true }).fill(TOKEN);
  const allow = async () => {
    await waitPastStrayPresses(chat.approval);
    await chat.approval.getByRole('button', { name: 'Allow once' }).click();
  };
  await chat.composer.fill('greet better');
  await chat.composer.press('Enter');
  await allow();
  await chat.find('Both are changed.').waitFor();
  const sessionId = /\/sessions\/([^/?]+)/.exec(page.url())?.[1] ?? '';

  // Look, and remark on lines by the keyboard: one, and with the line above.
  await page.getByRole('button', { name: 'Show changes and files' }).click();
  const panel = page.getByRole('region', { name: 'Changes, files, output and servers' });
  // What the session was given is no change.
  await panel.getByText('2 files', { exact: true }).first().waitFor();
  const line = panel.getByRole('row', { name: /^2 \+ .*'Hello '/ });
  await line.waitFor();
  await line.getByRole('button').focus();
  await page.keyboard.press('Shift+ArrowUp');
  await page.keyboard.press('Enter');
  await panel.getByRole('textbox', { name: 'Comment on removed line 2 to line 2' }).fill('Greet **politely**.');
  await page.keyboard.press('Control+Enter');
  await panel.getByText('1 comment', { exact: true }).waitFor();
  // By the pointer, over all three.
  const numbers = panel.locator('[data-line]');
  await numbers.nth(0).hover();
  await page.mouse.down();
  for (const at of [1, 2]) await numbers.nth(at).hover();
  await page.mouse.up();
  const box = panel.getByRole('textbox', { name: 'Comment on lines 1 to 2' });
  expect(await box.inputValue()).toBe('Greet **politely**.');
  await box.press('Control+Enter');
  await panel.getByText('On lines 1 to 2').waitFor();
  expect(await findViolations(page)).toEqual([]);
  await page.reload();
  await panel.getByText('Greet **politely**.').waitFor();
  await panel.getByRole('button', { name: 'Send to the agent' }).click();
  await chat.find('Heard.').waitFor();
  await chat.find(/lines 1 to 2:/).waitFor();

  // Edit by hand.
  await panel.getByRole('tab', { name: 'Files' }).click();
  await panel.getByRole('treeitem', { name: /^notes\.md/ }).click();
  await panel.getByRole('button', { name: 'Edit' }).click();
  await panel.getByRole('textbox', { name: 'Text of notes.md' }).press('Control+End');
  await page.keyboard.type('by hand');
  await page.keyboard.press('Control+s');
  await panel.getByRole('group', { name: 'notes.md' }).getByText('by hand').waitFor();

  // One turn more, back, and back again.
  await chat.say('shout');
  await allow();
  await chat.find('It shouts.').waitFor();
  const greet = () => readFile(join(stage.server.dataDir, 'workspaces', sessionId, 'greet.js'), 'utf8');
  await page.getByRole('button', { name: 'More about this message' }).last().press('Enter');
  await page.getByRole('menuitem', { name: 'Rewind to here…' }).press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Rewind to here' });
  await dialog.getByRole('radio', { name: 'Both' }).press('ArrowLeft');
  await dialog.getByRole('button', { name: 'Rewind the files' }).click();
  await chat.find('You took 1 file back to an earlier state.').waitFor();
  expect(await greet()).toContain("'Hello '");
  await page.getByRole('button', { name: 'Take back', exact: true }).press('Enter');
  await page.getByRole('dialog').getByRole('button', { name: 'Take back' }).click();
  await expect.poll(greet).toContain("'HELLO '");

  // Commit one file, push, and see it at the server.
  await panel.getByRole('tab', { name: 'Changes' }).click();
  await panel.getByRole('button', { name: /^Commit main 2 files/ }).click();
  await panel.getByRole('checkbox', { name: 'Commit greet.js' }).check();
  await panel.getByRole('button', { name: 'Commit 1 file' }).waitFor();
  expect(await panel.getByRole('textbox', { name: 'Message' }).inputValue()).toMatch(/Change greet\.js$/);
  await panel.getByRole('textbox', { name: 'Message' }).fill('Greet louder');
  expect(await findViolations(page)).toEqual([]);
  await panel.getByRole('button', { name: 'Commit 1 file' }).click();
  await panel.getByRole('button', { name: /1 file · 1 commit to push/ }).waitFor();
  const branch = await panel.getByRole('textbox', { name: 'Push to branch' }).inputValue();
  expect(branch).toMatch(/^agent\//);
  await page.setViewportSize({ width: 390, height: 844 });
  expect(await findOverflow(page)).toBe(0);
  expect(await findViolations(page)).toEqual([]);
  await page.getByRole('button', { name: 'Push', exact: true }).click();
  await page.getByText(`Pushed to ${branch}.`).last().waitFor();
  expect(await git.git('acme/web', 'show', `${branch}:greet.js`)).toContain("'HELLO '");
  expect(await git.git('acme/web', 'log', '-1', '--format=%s|%(trailers)', branch)).toBe(
    'Greet louder|Co-Authored-By: Claude <noreply@anthropic.com>',
  );
  expect(await git.git('acme/web', 'ls-tree', '--name-only', branch)).toBe('README.md\ngreet.js');
  await page.getByRole('button', { name: 'Open a pull request' }).click();
  const form = page.getByRole('link', { name: 'Open the form' });
  await form.waitFor();
  expect(await form.getAttribute('href')).toContain(`/compare/main...${branch}`);

  const found = await promisify(execFile)('grep', ['-rlFs', TOKEN, stage.server.dataDir]).then(
    ({ stdout }) => stdout,
    (error: { code: number }) => `nothing ${error.code}`,
  );
  expect(found).toBe('nothing 1');
});
