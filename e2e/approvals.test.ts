import { hang, say, useTool, type Scenario } from '@claude-sdk-pattern/scripted-model';
import { until } from '@claude-sdk-pattern/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { findViolations } from './support/axe.ts';
import { chatOf, waitPastStrayPresses } from './support/chat.ts';
import { shareChat } from './support/share-chat.ts';
import { sharePage } from './support/share-page.ts';
import { openStage, type Stage } from './support/stage.ts';

const gate = Promise.withResolvers<void>();

const scenarios: Scenario[] = [
  {
    match: { userText: 'prepare' },
    reply: [
      [say('I prepare.'), hang({ until: gate.promise }), useTool('Bash', { command: 'touch ready' })],
      say('Ready.'),
    ],
  },
  {
    match: { userText: 'install' },
    reply: [
      [say('I install it.'), useTool('Bash', { command: 'yarn add left-pad', description: 'Install a package' })],
      ({ lastToolCalls }) => say(`Told: ${lastToolCalls[0]?.result?.text ?? 'nothing'}`),
    ],
  },
  {
    match: { userText: 'stamp' },
    reply: [useTool('Bash', { command: 'touch stamp' }), say('Stamped.')],
  },
  {
    // Only reading tools run in parallel; outside of the workspace they ask for approval.
    match: { userText: 'two looks' },
    reply: [
      [useTool('Bash', { command: 'cat /etc/hostname' }), useTool('Bash', { command: 'cat /etc/issue' })],
      say('Both decided.'),
    ],
  },
  {
    match: { userText: 'three commands' },
    reply: [
      ['echo one', 'touch two', 'touch three'].map((command) => useTool('Bash', { command })),
      say('All three decided.'),
    ],
  },
  { match: { userText: 'half of it' }, reply: [useTool('Bash', { command: 'touch begun; sleep 600' }), say('Done.')] },
  {
    match: { userText: 'one after the other' },
    reply: [
      useTool('Bash', { command: 'touch first' }),
      useTool('Bash', { command: 'touch second' }),
      say('Both done.'),
    ],
  },
  {
    match: { userText: 'colour' },
    reply: [
      useTool('AskUserQuestion', {
        questions: [
          {
            question: 'Which colour?',
            header: 'Colour',
            multiSelect: false,
            options: [
              { label: 'Red', description: '' },
              { label: 'Blue', description: '' },
            ],
          },
        ],
      }),
      ({ lastToolCalls }) => say(`Told: ${lastToolCalls[0]?.result?.text ?? 'nothing'}`),
    ],
  },
];

let stage: Stage;
const visit = sharePage(() => stage);
const joinChat = shareChat(visit);

beforeAll(async () => {
  stage = await openStage({ scenarios });
});
afterAll(async () => stage?.[Symbol.asyncDispose]());

test('a group counts the commands that ran, and after Stop says of the others that they did not', async () => {
  const chat = await joinChat();
  await chat.say('three commands');
  await chat.approval.waitFor();
  await chat.find('1 of 3 commands ran, 2 waiting').waitFor();
  await chat.stopButton.click();
  await chat.find('1 of 3 commands ran, 2 not run').waitFor();
  await chat.tool(/1 of 3 commands ran/).click();
  await chat.tool(/touch three.*not run/).waitFor();
  await chat.tool(/touch two.*not run/).click();
  expect(await chat.conversation.innerText()).not.toMatch(/doesn't want to proceed|STOP what/);
});

test('a denial with a reason reaches the agent, and the draft beside it is left alone', async () => {
  const chat = await joinChat();
  const { approval } = chat;
  await chat.say('please install');
  await approval.getByRole('heading', { name: 'Run a command' }).waitFor();
  await approval.getByText('yarn add left-pad', { exact: true }).waitFor();
  await approval.getByText('Exactly this command, until the session ends').waitFor();
  await approval.getByText("In this session's workspace").waitFor();
  await chat.status.getByText('Needs your approval').waitFor();
  await chat.composer.fill('half a thought');

  await waitPastStrayPresses(approval);
  await approval.getByRole('button', { name: 'Deny with a reason…' }).click();
  await approval.getByRole('textbox', { name: 'Tell the agent what to do instead' }).fill('use npm instead');
  await approval.getByRole('button', { name: 'Deny and tell the agent' }).click();
  await chat.find(/Told: .*use npm instead/).waitFor();
  await approval.waitFor({ state: 'detached' });
  expect(await chat.composer.inputValue()).toBe('half a thought');
  expect(stage.takeProblems()).toEqual([]);
});

test('a call that is allowed for the session does not ask again in it, and asks in the next session', async () => {
  const page = await stage.open();
  const chat = chatOf(page);
  await chat.say('stamp');
  await waitPastStrayPresses(chat.approval);
  await chat.approval.getByRole('button', { name: 'Allow for this session' }).click();
  await chat.find('Stamped.').waitFor();
  await chat.waitUntilReady();

  await chat.say('stamp again');
  await expect.poll(() => chat.count('Stamped.')).toBe(2);
  expect(await chat.approval.count()).toBe(0);

  // The mode menu lists the rule, and the rule can be revoked.
  await page.getByRole('button', { name: 'Permission mode: Ask first, 1 exception' }).click();
  const entry = page.getByRole('menuitem', { name: /Running exactly touch stamp.*Revoke/ });
  await entry.waitFor();
  expect(await findViolations(page)).toEqual([]);
  await entry.click();
  await page.getByRole('button', { name: 'Permission mode: Ask first', exact: true }).waitFor();
  await chat.say('stamp once more');
  await chat.approval.getByText('touch stamp', { exact: true }).waitFor();

  await page.goto('/');
  await chat.say('stamp elsewhere');
  await chat.approval.getByText('touch stamp').first().waitFor();
  expect(stage.takeProblems()).toEqual([]);
});

test('two calls that wait are shown as "1 of 2", and each is answered separately', async () => {
  const chat = await joinChat();
  const { approval } = chat;
  await chat.say('two looks');
  await approval.getByText('1 of 2').waitFor();
  await waitPastStrayPresses(approval);
  await approval.getByRole('button', { name: 'Next approval' }).click();
  await approval.getByText('2 of 2').waitFor();
  await approval.getByText('cat /etc/issue').first().waitFor();
  await approval.getByRole('button', { name: 'Previous approval' }).click();

  await waitPastStrayPresses(approval.getByText('cat /etc/hostname').first());
  await approval.getByRole('button', { name: 'Allow once' }).click();
  await approval.getByText('cat /etc/issue').first().waitFor();
  await waitPastStrayPresses(approval.getByText('cat /etc/issue').first());
  expect(await approval.getByText('1 of 2').count()).toBe(0);
  await approval.getByRole('button', { name: 'Deny', exact: true }).click();
  await chat.find('Both decided.').waitFor();
  await chat.tool(/issue.*denied/).waitFor();
  expect(stage.takeProblems()).toEqual([]);
});

test('answering by key moves the focus to the next card until no card is left', async () => {
  const chat = await joinChat();
  const { page } = chat;
  await chat.say('one after the other');
  await waitPastStrayPresses(chat.approval);
  await page.keyboard.press('Alt+a');
  await page.keyboard.press('a');
  await chat.approval.getByText('touch second', { exact: true }).waitFor();
  await waitPastStrayPresses(chat.approval);
  await expect.poll(() => page.evaluate(FOCUSED)).toBe('Approval');
  await page.keyboard.press('d');
  await chat.find('Both done.').waitFor();
  await expect.poll(() => page.evaluate(FOCUSED)).toBe('Message');
  await chat.tool(/touch second.*denied/).waitFor();
  expect(await chat.composer.inputValue()).toBe('');
});

test('a reply that is typed while a call waits denies it, and is what the agent is told', async () => {
  const chat = await joinChat();
  const { page } = chat;
  await chat.say('install it');
  await waitPastStrayPresses(chat.approval);
  await chat.composer.fill('take npm, please');
  await page.getByRole('button', { name: 'Deny with this message' }).waitFor();
  await chat.composer.press('Enter');
  await chat.find(/Told: .*take npm, please/).waitFor();
  await expect.poll(() => chat.composer.inputValue()).toBe('');
  expect(await page.getByRole('article', { name: 'Queued' }).count()).toBe(0);
});

test('a message that was begun before a call asks is queued by Enter, and what is begun after it denies', async () => {
  const page = await stage.open();
  const chat = chatOf(page);
  await chat.say('prepare everything');
  await chat.find('I prepare.').waitFor();
  expect(await page.getByText('Answered. If the agent needs you').count()).toBe(0);
  await chat.composer.pressSequentially('and then tell me');
  gate.resolve();
  await waitPastStrayPresses(chat.approval);
  await page.getByRole('button', { name: 'Queue', exact: true }).waitFor();
  await page.getByText('Enter queues this as a message').waitFor();
  await chat.composer.pressSequentially(' the time');
  await chat.composer.press('Enter');
  const queued = page.getByRole('article', { name: 'Queued' });
  await queued.getByText('and then tell me the time').waitFor();
  await chat.approval.getByText('touch ready', { exact: true }).waitFor();

  // A text that returns to the box is not an answer either.
  await queued.getByRole('button', { name: 'Take back' }).click();
  await expect.poll(() => chat.composer.inputValue()).toBe('and then tell me the time');
  await page.getByRole('button', { name: 'Queue', exact: true }).waitFor();
  await chat.composer.fill('');
  await chat.composer.pressSequentially('not now');
  await page.getByRole('button', { name: 'Deny with this message' }).waitFor();
  await chat.composer.press('Enter');
  await chat.tool(/touch ready.*denied/).waitFor();
  expect(stage.takeProblems()).toEqual([]);
});

test('a reply that is typed while a question waits answers it', async () => {
  const chat = await joinChat();
  const { page } = chat;
  await chat.say('which colour?');
  await waitPastStrayPresses(chat.approval);
  await chat.composer.fill('Mauve');
  await page.getByRole('button', { name: 'Answer', exact: true }).click();
  await chat.find(/Told: .*Mauve/).waitFor();
  await expect.poll(() => chat.composer.inputValue()).toBe('');
});

test('a command that was started and then stopped is not called "not run"', async () => {
  const chat = await joinChat();
  const { page } = chat;
  await chat.say('half of it');
  await waitPastStrayPresses(chat.approval);
  await chat.approval.getByRole('button', { name: 'Allow once' }).click();
  const sessionId = page.url().split('/').at(-1) ?? '';
  await until('the command has begun', async () => {
    const answer = await stage.server.fetch(`/api/v1/sessions/${sessionId}/workspace/file?path=begun`);
    return answer.ok;
  });
  await chat.stopButton.click();
  await chat.tool(/touch begun.*stopped/).click();
  await chat.find('It was stopped while it ran. What it did before that is not undone.').waitFor();
});

test('the inbox shows what each session asks for, and takes the answer', async () => {
  const page = await visit();
  const chat = chatOf(page);
  await chat.say('stamp from the inbox');
  await chat.approval.waitFor();
  const address = new URL(page.url()).pathname;
  await page.goto('/approvals');
  const entry = page
    .getByRole('main')
    .getByRole('listitem')
    .filter({ has: page.getByRole('link', { name: /stamp from the inbox.*Needs your approval/ }) });
  const card = entry.getByRole('group', { name: 'Approval in stamp from the inbox' });
  await card.getByText('touch stamp', { exact: true }).waitFor();
  await waitPastStrayPresses(card);
  await card.getByRole('button', { name: 'Allow once' }).click();
  await entry.waitFor({ state: 'detached' });
  await page.goto(address);
  await chat.find('Stamped.').waitFor();
  expect(stage.takeProblems()).toEqual([]);
});

test('in the inbox the focus goes from card to card as they are answered, and to the heading after the last', async () => {
  const page = await visit();
  const chat = chatOf(page);
  const titles = [1, 2].map((one) => `stamp with keys ${one} ${Date.now()}`);
  for (const message of titles) {
    await page.goto('/');
    await chat.say(message);
    await chat.approval.waitFor();
  }
  await page.goto('/approvals');
  const main = page.getByRole('main');
  const cards = main.getByRole('group', { name: /^Approval in/ });
  for (const title of titles) {
    await main.getByRole('group', { name: `Approval in ${title}`, exact: true }).waitFor();
  }
  // Sessions of the previous tests also wait here.
  await expect.poll(async () => (await cards.count()) === (await main.getByRole('listitem').count())).toBe(true);
  const names = await cards.evaluateAll((all) => all.map((card) => card.getAttribute('aria-label') ?? ''));

  for (const [index, name] of names.entries()) {
    const card = main.getByRole('group', { name, exact: true });
    await waitPastStrayPresses(card);
    await card.getByRole('button', { name: 'Allow once' }).focus();
    await page.keyboard.press('Enter');
    await card.waitFor({ state: 'detached' });
    await expect.poll(() => page.evaluate(FOCUSED)).toBe(names[index + 1] ?? 'Approvals');
  }
  await main.getByText('No approvals are waiting.').waitFor();
  expect(stage.takeProblems()).toEqual([]);
});

test('an answer in one tab closes the question in the other, which says who answered', async () => {
  const page = await visit();
  const chat = chatOf(page);
  await chat.say('stamp in two tabs');
  await chat.approval.waitFor();
  const other = chatOf(await stage.open({ path: new URL(page.url()).pathname, beside: page }));
  const inbox = await stage.open({ path: '/approvals', beside: page });
  await inbox.getByRole('group', { name: 'Approval in stamp in two tabs' }).waitFor();
  await waitPastStrayPresses(other.approval);
  await other.approval.getByRole('button', { name: 'Allow once' }).click();

  await inbox.getByText('touch stamp · stamp in two tabs').waitFor();
  await inbox.getByText('You allowed this a moment ago').waitFor();
  await inbox.getByText('No approvals are waiting.').waitFor();
  await chat.approval.waitFor({ state: 'detached' });
  await page.getByText('You allowed this a moment ago').waitFor();
  await chat.find('Stamped.').waitFor();
  await chat.tool(/touch stamp/).click();
  await chat.find('Allowed by you').waitFor();
  expect(stage.takeProblems()).toEqual([]);
});

test('a press at the moment in which a card appears answers nothing', async () => {
  const chat = await joinChat();
  const { page } = chat;
  await page.evaluate(PRESS_AS_SOON_AS_ASKED);
  await chat.say('stamp under a stray press');
  await expect.poll(() => page.evaluate('document.body.dataset.pressed')).toBe('Allow once');
  await waitPastStrayPresses(chat.approval);
  expect(await chat.count('Stamped.')).toBe(0);
  await chat.approval.getByRole('button', { name: 'Allow once' }).click();
  await chat.find('Stamped.').waitFor();
});

test('a slash command that is sent while an approval waits is queued and denies nothing', async () => {
  const chat = await joinChat();
  const { page } = chat;
  await chat.say('stamp before a command');
  await waitPastStrayPresses(chat.approval);
  await chat.composer.fill('/compact');
  await page.getByRole('button', { name: 'Queue', exact: true }).waitFor();
  // The menu opens once the agent's commands are loaded; Enter would then choose an entry.
  const menu = page.getByRole('listbox');
  await menu.waitFor();
  await chat.composer.press('Escape');
  await menu.waitFor({ state: 'detached' });
  await chat.composer.press('Enter');
  await page.getByRole('article', { name: 'Queued' }).getByText('/compact').waitFor();
  expect(await chat.approval.isVisible()).toBe(true);
});

/** Presses in the frame in which the card is rendered, earlier than any person could react. */
const PRESS_AS_SOON_AS_ASKED = `void new MutationObserver((_, observer) => {
  const button = [...document.querySelectorAll('button')].find((one) => one.textContent === 'Allow once');
  if (button === undefined) return;
  observer.disconnect();
  button.click();
  document.body.dataset.pressed = button.textContent;
}).observe(document.body, { childList: true, subtree: true })`;

const FOCUSED = 'document.activeElement.getAttribute("aria-label") ?? document.activeElement.textContent';
