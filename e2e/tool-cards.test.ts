import { say, think, useTool, type Scenario } from '@claude-sdk-pattern/scripted-model';
import type { Locator } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

import { chatOf, waitPastStrayPresses, type Chat } from './support/chat.ts';
import { shareChat } from './support/share-chat.ts';
import { sharePage } from './support/share-page.ts';
import { openStage, type Stage } from './support/stage.ts';

const questions = [
  {
    question: 'Which colour shall it have?',
    header: 'Colour',
    multiSelect: false,
    options: [
      { label: 'Red', description: 'As a fire engine' },
      { label: 'Blue', description: 'As the sea' },
    ],
  },
  {
    question: 'Which extras do you want?',
    header: 'Extras',
    multiSelect: true,
    options: [
      { label: 'Tests', description: 'A small suite' },
      { label: 'Docs', description: 'A README' },
      { label: 'CI', description: 'A workflow' },
    ],
  },
];

const task = (subject: string) =>
  useTool('TaskCreate', { subject, description: subject, activeForm: `${subject} now` });

const scenarios: Scenario[] = [
  {
    match: { userText: 'interview' },
    reply: [
      useTool('AskUserQuestion', { questions }),
      ({ lastToolCalls }) => say(`Heard: ${lastToolCalls[0]?.result?.text ?? ''}`),
    ],
  },
  {
    match: { userText: 'to-do' },
    reply: [
      [task('Look around'), task('Write it down')],
      useTool('TaskUpdate', { taskId: '1', status: 'completed' }),
      useTool('TaskUpdate', { taskId: '2', status: 'in_progress' }),
      [say('One is done.'), useTool('Bash', { command: 'touch half-way' })],
      useTool('TaskUpdate', { taskId: '2', status: 'completed' }),
      say('All is done.'),
    ],
  },
  {
    match: { userText: 'inside the subagent', subagent: true },
    reply: [[think('Where am I?'), useTool('Bash', { command: 'pwd' })], say('The report of the subagent.')],
  },
  {
    match: { userText: 'delegate' },
    reply: [
      useTool('Agent', {
        description: 'Look around',
        prompt: 'inside the subagent',
        subagent_type: 'general-purpose',
        run_in_background: false,
      }),
      say('Delegated.'),
    ],
  },
  {
    match: { userText: 'colours' },
    reply: [
      useTool('Bash', { command: String.raw`printf '\033[32mgreen words\033[0m and <b>plain</b> ones\n'` }),
      say('Printed.'),
    ],
  },
  {
    match: { userText: 'break' },
    reply: [useTool('Bash', { command: 'ls /no/such/folder' }), say('It failed.')],
  },
  {
    match: { userText: 'search' },
    reply: [
      useTool('Write', { file_path: 'birds.txt', content: 'heron\nduck\nheron again\n' }),
      useTool('Grep', { pattern: 'heron', output_mode: 'content' }),
      say('Searched.'),
    ],
  },
  {
    match: { userText: 'edit' },
    reply: [
      useTool('Write', { file_path: 'poem.txt', content: 'roses are red\nviolets are blue\n' }),
      useTool('Edit', { file_path: 'poem.txt', old_string: 'violets are blue', new_string: 'violets are violet' }),
      say('Edited.'),
    ],
  },
];

let stage: Stage;
const visit = sharePage(() => stage);
const joinChat = shareChat(visit);

beforeAll(async () => {
  stage = await openStage({ scenarios });
});
afterEach(() => expect(stage.takeProblems()).toEqual([]));
afterAll(async () => stage?.[Symbol.asyncDispose]());

test('questions are a form: one choice, several choices, and words of one’s own', async () => {
  const { approval, ...chat } = await joinChat();
  await chat.say('interview me');
  await chat.status.getByText('Needs your answer').waitFor();
  await chat.tool(/^Questions needs your answer/).waitFor();
  await waitPastStrayPresses(approval);
  await approval.getByRole('button', { name: 'Send answers' }).click();
  await approval.getByText(/^Answer “.*colour.*” first\./i).waitFor();

  await approval.getByRole('radio', { name: /Blue/ }).check();
  const extras = approval.getByRole('group', { name: /Which extras/ });
  await extras.getByRole('checkbox', { name: /Tests/ }).check();
  await extras.getByRole('checkbox', { name: /CI/ }).check();
  await extras.getByRole('checkbox', { name: 'Something else' }).check();
  await extras.getByRole('textbox', { name: 'Your own answer' }).fill('a mascot');
  await approval.getByRole('button', { name: 'Send answers' }).click();

  await chat.find(/Heard: .*Blue.*Tests.*CI.*a mascot/s).waitFor();
  const text = await chat.conversation.innerText();
  for (const answer of ['Blue', 'Tests', 'CI', 'a mascot']) expect(text).toContain(answer);
});

test('a to-do list shows how far the agent is, and closes when all is done', async () => {
  const chat = await joinChat();
  await chat.say('a to-do list, please');
  const strip = chat.page.getByRole('button', { name: /To-dos 1 of 2/ });
  await strip.waitFor();
  await strip.getByText('Write it down now').waitFor();
  await strip.click();
  const list = chat.page.getByRole('group', { name: 'To-dos 1 of 2' });
  await list.getByText('Done: Look around').waitFor();
  await list.getByText('In progress: Write it down').waitFor();

  await allow(chat);
  await chat.find('All is done.').waitFor();
  await chat.page.getByRole('button', { name: /To-dos/ }).waitFor({ state: 'detached' });
});

test('a subagent’s card holds its task, what it did and its report', async () => {
  const chat = await joinChat();
  await chat.say('delegate it');
  await chat.find('Delegated.').waitFor({ timeout: 30_000 });
  await chat.tool(/Look around/).click();
  await chat.find('inside the subagent').waitFor();
  await chat.tool(/pwd/).waitFor();
  await chat.find('The report of the subagent.').waitFor();
});

test('a command’s output keeps its colours and nothing in it becomes markup', async () => {
  const chat = await joinChat();
  await chat.say('show me colours');
  await allow(chat);
  await chat.find('Printed.').waitFor();
  await chat.tool(/printf/).click();
  const green = chat.conversation.getByText('green words', { exact: true });
  await green.waitFor();
  const [red = 0, strength = 0, blue = 0] = await readColour(green);
  expect(strength).toBeGreaterThan(Math.max(red, blue));
  await chat.conversation.getByText('green words and <b>plain</b> ones', { exact: true }).waitFor();
});

test('a failing command opens by itself and says why', async () => {
  const chat = await joinChat();
  await chat.say('break something');
  await allow(chat);
  await chat.find('It failed.').waitFor();
  await chat.tool(/ls .*failed/).waitFor();
  await chat
    .find(/No such file or directory/)
    .first()
    .waitFor();
});

test('an edit shows its difference by signs, not by colour alone', async () => {
  const chat = chatOf(await visit());
  await chat.say('edit a poem');
  await allow(chat, /roses are red/);
  await chat.approval.getByText('violets are violet').first().waitFor();
  await allow(chat);
  await chat.find('Edited.').waitFor();
  await chat.find('1 file changed').waitFor();
  await chat.conversation
    .getByRole('button', { name: /^Wrote|^Edited|files?/i })
    .first()
    .click();
  await chat.find('violets are violet').first().waitFor();
});

test('a search shows the lines it found, and how many', async () => {
  const chat = chatOf(await visit());
  await chat.say('search for herons');
  await allow(chat);
  await chat.find('Searched.').waitFor();
  await chat.conversation.getByRole('button', { name: /^Wrote a file, searched once/ }).click();
  await chat.tool(/^Grep heron/).click();
  await chat.find('2 matches').waitFor();
  await chat.find(/birds\.txt:3:heron again/).waitFor();
});

async function allow(chat: Chat, what?: RegExp): Promise<void> {
  if (what !== undefined) await chat.approval.getByText(what).first().waitFor();
  await waitPastStrayPresses(chat.approval);
  await chat.approval.getByRole('button', { name: 'Allow once' }).click();
}

/** The red, green and blue values of a text's colour. */
async function readColour(text: Locator): Promise<number[]> {
  const colour = await text.evaluate((element) => {
    const view = (element as unknown as { ownerDocument: { defaultView: View } }).ownerDocument.defaultView;
    return view.getComputedStyle(element).color;
  });
  return (colour.match(/\d+(\.\d+)?/g) ?? []).map(Number);
}

/** The parts of the DOM that this test uses; the DOM types are not loaded for tests. */
interface View {
  getComputedStyle: (element: unknown) => { color: string };
}
