import { say, useTool, type Scenario } from '@claude-sdk-pattern/scripted-model';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { chatOf, waitPastStrayPresses } from './support/chat.ts';
import { findSignInLink } from './support/sign-in-link.ts';
import { openStage, type Stage } from './support/stage.ts';

const numbered = (word: string, count: number) =>
  Array.from({ length: count }, (_, index) => `${word} ${index + 1}.`).join('\n\n');

const scenarios: Scenario[] = [
  {
    match: { userText: 'write a file' },
    reply: [
      [
        say('I will write it.'),
        useTool('Write', { file_path: 'notes.md', content: '# Notes\n\nThe code word is heron.\n' }),
      ],
      say('The file is there.'),
    ],
  },
  { match: { userText: 'a very long answer' }, reply: [say(numbered('Chapter', 2000), { tokensPerSecond: 40 })] },
  { match: { userText: 'a long answer' }, reply: [say(numbered('Verse', 60), { tokensPerSecond: 30 })] },
  {
    match: { userText: 'what was my first message' },
    reply: [({ userTexts }) => say(`It was: ${userTexts[0] ?? 'nothing'}`)],
  },
];

let stage: Stage;

beforeAll(async () => {
  stage = await openStage({ scenarios, environment: { CLAUDE_SDK_PATTERN_BOOTSTRAP_API_KEY: '' } });
});
afterAll(async () => stage?.[Symbol.asyncDispose]());

test('from the printed link to an answer that outlives a killed server', async () => {
  const page = await stage.open({ path: findSignInLink(stage.server.logs), signedIn: false });
  const chat = chatOf(page);

  // A file, approved with the keyboard.
  await page.getByRole('heading', { name: 'What shall we work on?' }).waitFor();
  expect(page.url()).not.toContain('link=');
  await chat.say('Please write a file with your notes');
  await waitPastStrayPresses(chat.approval);
  expect(await chat.approval.innerText()).toContain('The code word is heron.');
  await page.keyboard.press('Alt+a');
  await page.keyboard.press('a');
  await chat.find('The file is there.').waitFor();
  await chat.approval.waitFor({ state: 'detached' });
  await chat.waitUntilReady();
  await chat.tool(/^Write .*notes\.md/).click();
  await chat.find('The code word is heron.').waitFor();

  // A long answer, stopped: the text so far stays.
  await chat.say('Now a very long answer');
  await chat.find('Chapter 5.').waitFor();
  await chat.stopButton.click();
  await chat.find('Stopped. Everything up to here is saved.').waitFor();
  expect(await chat.count('Chapter 5.')).toBe(1);
  await chat.waitUntilReady();

  // Another answer, with a reload while it streams.
  await chat.say('And a long answer');
  await chat.find('Verse 12.').waitFor();
  await page.reload();
  await chat.find('Verse 12.').waitFor();
  expect(await chat.count('Verse 60.')).toBe(0);
  await chat.find('Verse 60.').waitFor({ timeout: 30_000 });
  await chat.waitUntilReady();
  for (const verse of ['Verse 50.', 'Verse 60.']) expect(await chat.count(verse)).toBe(1);
  await chat.scrollToTurn('And a long answer');
  for (const verse of ['And a long answer', 'Verse 1.']) expect(await chat.count(verse)).toBe(1);

  // The server is killed while the page is open, and starts again.
  await stage.server.kill();
  await chat.status.getByText('Reconnecting…').waitFor();
  await stage.server.restart();
  await chat.status.getByText('Reconnecting…').waitFor({ state: 'detached' });
  await chat.say('And what was my first message?');
  await chat.find('It was: Please write a file with your notes').waitFor({ timeout: 30_000 });
  expect(await chat.count('And what was my first message?')).toBe(1);
  expect(stage.takeProblems()).toEqual([]);
});
