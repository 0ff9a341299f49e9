import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { say, useTool, type Scenario } from '@claude-sdk-pattern/scripted-model';
import { createWorkspaceDir, type WorkspaceDir } from '@claude-sdk-pattern/testkit';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

import { findOverflow, findViolations } from './support/axe.ts';
import { chatOf, waitPastStrayPresses } from './support/chat.ts';
import { openStage, type Stage } from './support/stage.ts';

const scenarios: Scenario[] = [
  {
    match: { userText: 'greet' },
    reply: [
      useTool('Bash', { command: 'sed -i s/Hi/Hello/ web/greet.js', description: 'Greet better' }),
      useTool('Write', { file_path: 'web/new.js', content: 'export const more = 1;\n' }),
      say('It greets better.'),
    ],
  },
];
/** Where pictures go, for somebody who looks at the pages. */
const PICTURES = process.env['CSP_PICTURES'];

let folder: WorkspaceDir;
let stage: Stage;

beforeAll(async () => {
  folder = await createWorkspaceDir({
    'web/greet.js': "export const greet = 'Hi';\n",
    'web/docs/a.md': '# A\n',
    'notes/today.md': '# Today\n',
  });
  execFileSync('git', ['init', '-q', join(folder.path, 'web')]);
  // Agents have a user of their own where the server is root.
  execFileSync('chmod', ['-R', 'a+rwX', folder.path]);
  stage = await openStage({ scenarios });
});
afterEach(() => expect(stage.takeProblems()).toEqual([]));
afterAll(async () => {
  await stage?.[Symbol.asyncDispose]();
  await folder?.[Symbol.asyncDispose]();
});

async function lookAt(page: Page, name: string): Promise<void> {
  for (const [width, height] of [
    [1280, 860],
    [390, 844],
  ] as const) {
    await page.setViewportSize({ width, height });
    expect(await findOverflow(page), `${name} at ${width}`).toBe(0);
    for (const colorScheme of PICTURES === undefined ? [] : (['light', 'dark'] as const)) {
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: join(PICTURES ?? '', `${name}-${width}-${colorScheme}.png`) });
    }
  }
  expect(await findViolations(page), name).toEqual([]);
  await page.setViewportSize({ width: 1280, height: 860 });
}

test('a folder is granted, chosen, worked in directly, told to be in use and taken back', async () => {
  const page = await stage.open({ path: '/operate/folders' });
  await page.getByText('No folder is granted').waitFor();
  await page.getByRole('button', { name: 'Grant a folder' }).click();
  const dialog = page.getByRole('dialog', { name: 'Grant a folder' });
  await dialog.getByRole('textbox', { name: 'Path on the server' }).fill('/etc');
  await dialog.getByRole('textbox', { name: 'Name' }).fill('Projects');
  await dialog.getByRole('checkbox', { name: /^Direct/ }).check();
  await lookAt(page, 'grant');
  await dialog.getByRole('button', { name: 'Grant', exact: true }).click();
  await dialog.getByText('/etc cannot be granted: /etc belongs to the system').waitFor();
  await dialog.getByRole('textbox', { name: 'Path on the server' }).fill(folder.path);
  await dialog.getByRole('button', { name: 'Grant', exact: true }).click();
  await page.getByRole('heading', { name: 'Projects' }).waitFor();

  const chat = chatOf(page);
  const choose = async () => {
    await page.goto(`${stage.server.url}/`);
    await page.getByRole('button', { name: 'Use a folder of the server' }).click();
    await page.getByRole('button', { name: 'Open web' }).click();
    await page.getByText(join(folder.path, 'web'), { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Open docs' }).waitFor();
  };
  await choose();
  await lookAt(page, 'choose');
  await page.getByRole('radio', { name: 'Direct' }).check({ force: true });
  await page.getByText('cannot be taken back here').waitFor();
  await chat.composer.fill('greet better');
  await chat.composer.press('Enter');
  const web = join(folder.path, 'web');
  await chat.approval.getByText(`In this session's workspace, and in the folder ${web}, which is changed`).waitFor();
  await waitPastStrayPresses(chat.approval);
  await chat.approval.getByRole('button', { name: 'Allow once' }).click();
  await chat.approval.getByText(/^In the folder \/.*web, which is changed at once/).waitFor();
  await lookAt(page, 'approval');
  await waitPastStrayPresses(chat.approval);
  await chat.approval.getByRole('button', { name: 'Allow once' }).click();
  await chat.find('It greets better.').waitFor();
  await chat.find(/The agent works in .*web itself/).waitFor();
  await lookAt(page, 'session');
  expect(await readFile(join(folder.path, 'web/greet.js'), 'utf8')).toContain('Hello');

  // What the panel knows of the folder, and what it does not.
  await page.getByRole('button', { name: 'Show changes and files' }).click();
  const changes = page.getByRole('region', { name: web, exact: true });
  await changes.getByText('Its changes are not recorded here').waitFor();
  await changes.getByRole('button', { name: /^new\.js new/ }).waitFor();
  await page.getByText('Nothing differs in the rest of the workspace.').waitFor();
  expect(await page.getByText('Nothing differs', { exact: true }).count()).toBe(0);
  await lookAt(page, 'changes');
  await page.goto(`${page.url().split('?')[0]}?panel=file&path=web/greet.js`);
  await page.getByText('The panel does not show this file').waitFor();
  await page.getByText(`The agent works in ${web} itself. Open the file there`).waitFor();
  await lookAt(page, 'file');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'More about this message' }).press('Enter');
  await page.getByRole('menuitem', { name: 'Rewind to here…' }).press('Enter');
  const rewind = page.getByRole('dialog', { name: 'Rewind to here' });
  await rewind.getByText(`The agent works in ${web} itself: that folder stays as it is.`).waitFor();
  await lookAt(page, 'rewind');
  await rewind.getByRole('button', { name: 'Cancel' }).click();

  // A second session is told who has it, and loses no word.
  await choose();
  await page.getByRole('radio', { name: 'Direct' }).check({ force: true });
  await chat.composer.fill('greet better');
  await chat.composer.press('Enter');
  await page.getByText(/is used directly by another session of yours.*since/).waitFor();
  await lookAt(page, 'in-use');

  await page.goto(`${stage.server.url}/operate/folders`);
  await page.getByRole('heading', { name: 'Used directly now' }).waitFor();
  await lookAt(page, 'folders');
  await page.getByRole('button', { name: /^Take back: .*web/ }).click();
  await page
    .getByRole('dialog', { name: 'Take the folder back?' })
    .getByRole('button', { name: 'Take it back' })
    .click();
  await page.getByRole('heading', { name: 'Used directly now' }).waitFor({ state: 'detached' });
});
