import { hang, say, useTool, type Scenario } from '@claude-sdk-pattern/scripted-model';
import { until } from '@claude-sdk-pattern/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { findViolations } from './support/axe.ts';
import { chatOf, waitPastStrayPresses } from './support/chat.ts';
import { openBrowser } from './support/open-browser.ts';
import { openStage, type Stage } from './support/stage.ts';

const gate = Promise.withResolvers<void>();
const scenarios: Scenario[] = [
  {
    match: { userText: 'long' },
    reply: [[say('The first half.'), hang({ until: gate.promise }), say('\n\nThe rest.')]],
  },
  { match: { userText: 'stamp' }, reply: [useTool('Bash', { command: 'touch stamp' }), say('Stamped.')] },
  { reply: [({ userText }) => say(`Heard: ${userText}.`)] },
];

/** Run in the page: what the browser shows for it. */
const LIST_NOTIFICATIONS = `navigator.serviceWorker.ready
  .then((worker) => worker.getNotifications())
  .then((all) => all.map(({ title, body, tag }) => ({ title, body, tag })))`;

let stage: Stage;

beforeAll(async () => {
  stage = await openStage({ scenarios });
});
afterAll(() => stage?.[Symbol.asyncDispose]());

test('two people drive one session, see each other, and one who loses the right is out at once', async () => {
  const grace = await stage.addPerson('Grace');
  const hers = await stage.open({ as: grace });
  const mine = await stage.open();
  const here = chatOf(mine);
  await here.say('Hello from the owner');
  await here.waitUntilReady();

  // The owner finds her by her whole address.
  await mine.getByRole('button', { name: 'Session menu' }).click();
  await mine.getByRole('menuitem', { name: 'Share…' }).click();
  const dialog = mine.getByRole('dialog', { name: 'Share this session' });
  await dialog.getByLabel('Email or name of a person').fill('grace@example.co');
  // The names that fit stand above the button: it stays under the pointer until the click.
  await dialog.getByRole('option', { name: 'Grace' }).waitFor();
  await dialog.getByRole('button', { name: 'Share', exact: true }).click();
  await dialog.getByText('Nobody here has the address').waitFor();
  // An administrator, who sees all accounts, finds her by a part of her name, too.
  await dialog.getByLabel('Email or name of a person').fill('grac');
  await dialog.getByRole('option', { name: 'Grace' }).waitFor();
  expect(await findViolations(mine)).toEqual([]);
  await mine.keyboard.press('ArrowDown');
  await mine.keyboard.press('Enter');
  expect(await dialog.getByLabel('Email or name of a person').inputValue()).toBe(grace.email);
  await dialog.getByRole('button', { name: 'Share', exact: true }).click();
  await dialog.getByLabel('What Grace may do').waitFor();
  expect(await findViolations(mine)).toEqual([]);

  // Her list has it without a reload. She may only look.
  await hers.getByRole('heading', { name: 'Shared with me' }).waitFor();
  await hers.getByRole('link', { name: 'Hello from the owner' }).click();
  const there = chatOf(hers);
  await there.find('Heard: Hello from the owner.').waitFor();
  await hers.getByText('You can view this session.').waitFor();
  expect(await there.composer.count()).toBe(0);
  expect(await findViolations(hers)).toEqual([]);

  // What needs the owner's approval only waits for her.
  await mine.keyboard.press('Escape');
  await here.say('Please stamp it');
  await here.status.getByText('Needs your approval').waitFor();
  await there.status.getByText('Waits for an approval').waitFor();
  await there.find('waits for an approval').waitFor();
  await hers.getByRole('link', { name: /Hello from the owner.*Waits for an approval/ }).waitFor();
  await waitPastStrayPresses(here.approval);
  await here.approval.getByRole('button', { name: 'Allow once' }).click();
  await here.waitUntilReady();

  // Now she drives too, and both see who wrote, and who is there.
  await mine.getByRole('button', { name: 'Session menu' }).click();
  await mine.getByRole('menuitem', { name: 'Share…' }).click();
  await dialog.getByLabel('What Grace may do').selectOption('drive');
  await there.composer.waitFor();
  await mine.keyboard.press('Escape');
  await mine.getByRole('img', { name: 'Also here: Grace' }).waitFor();
  await there.composer.pressSequentially('Greetings');
  await mine.getByText('Grace is writing…').waitFor();
  await there.say('Greetings');
  await here.find('Heard: Greetings.').waitFor();
  await here.conversation.getByRole('heading', { name: 'Grace' }).waitFor();
  await here.waitUntilReady();

  // She loses the right in mid-turn, with the panel open.
  await there.say('A long one');
  await Promise.all([here, there].map((chat) => chat.find('The first half.').waitFor()));
  await hers.getByRole('button', { name: 'Show changes and files' }).click();
  const panel = hers.getByLabel('Changes, files, output and servers');
  await panel.waitFor();
  await mine.getByRole('button', { name: 'Session menu' }).click();
  await mine.getByRole('menuitem', { name: 'Share…' }).click();
  await mine.getByRole('button', { name: 'Stop sharing with Grace' }).click();
  const startedAt = performance.now();
  await hers.getByRole('heading', { name: 'This session is not shared with you any more' }).waitFor();
  expect(performance.now() - startedAt).toBeLessThan(2000);
  await until('her list has lost it', async () => (await hers.getByText('Shared with me').count()) === 0);
  await panel.waitFor({ state: 'detached' });
  expect(await findViolations(hers)).toEqual([]);
  gate.resolve();
  await mine.keyboard.press('Escape');
  await here.find('The rest.').waitFor();
  await here.waitUntilReady();
  await here.say('And on');
  await here.find('Heard: And on.').waitFor();
  await mine.getByRole('img', { name: /Also here/ }).waitFor({ state: 'detached' });

  // Shared again, the page returns by itself, with what she missed.
  await mine.getByRole('button', { name: 'Session menu' }).click();
  await mine.getByRole('menuitem', { name: 'Share…' }).click();
  await dialog.getByLabel('Email or name of a person').fill(grace.email);
  await dialog.getByRole('button', { name: 'Share', exact: true }).click();
  await hers.getByText('Heard: And on.').waitFor();
  expect(stage.takeProblems()).toEqual([]);
});

test('a call that a second person has to allow goes to an operator, who sees only the call', async () => {
  const olga = await stage.addPerson('Olga');
  const max = await stage.addPerson('Max');
  const send = (method: string, path: string, body?: object) =>
    stage.server.fetch(path, {
      method,
      ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
  await send('PATCH', `/api/v1/users/${olga.id}`, { role: 'operator' });
  const rules = [{ effect: 'ask', rule: 'Bash(touch *)', four_eyes: true }];
  await send('PUT', '/api/v1/policy', { version: 0, rules });
  const mine = await stage.open();
  const here = chatOf(mine);
  await here.say('Hello, Max');
  await here.waitUntilReady();
  const shares = `/api/v1/sessions/${new URL(mine.url()).pathname.split('/').at(-1)}/shares/${max.id}`;
  await send('PUT', shares, { level: 'manage' });
  await here.say('Please stamp it');
  await here.approval.getByText('Waits for somebody else. You asked for this').waitFor();
  await here.approval.getByText('touch stamp', { exact: true }).waitFor();
  expect(await here.approval.getByRole('button', { name: /^Allow/ }).count()).toBe(0);
  await here.approval.getByRole('button', { name: 'Hand to an operator…' }).click();
  await here.approval.getByRole('textbox', { name: 'Hand this to the operators' }).fill('May it?');
  expect(await findViolations(mine)).toEqual([]);
  await mine.keyboard.press('Enter');
  await here.approval.getByText('Handed to the operators by you: “May it?”').waitFor();
  await here.status.getByText('With the operators').waitFor();
  const theirs = await stage.open({ as: olga, path: '/approvals' });
  const entry = theirs.getByRole('listitem').filter({ hasText: 'Session of Administrator' });
  await entry.getByText('touch stamp', { exact: true }).waitFor();
  await here.approval.getByRole('button', { name: 'Take back' }).click();
  await here.approval.getByText('Handed to the operators').waitFor({ state: 'detached' });
  // Its card becomes a note of who took it back.
  await entry.getByText('Administrator took this back a moment ago').waitFor();
  expect(await entry.getByRole('button').allInnerTexts()).toEqual(['']);
  expect(await theirs.title()).not.toMatch(/^\(/);
  await entry.getByRole('button', { name: 'Close this note' }).click();
  // Without her manager the session has nobody who may allow it.
  await send('DELETE', shares);
  await here.approval.getByText('Handed to the operators, because a rule demands a second person').waitFor();
  expect(await here.approval.getByRole('button', { name: 'Take back' }).count()).toBe(0);
  expect(await findViolations(mine)).toEqual([]);

  await entry.getByText('Handed to the operators, because a rule demands a second person').waitFor();
  await entry.getByText('A rule demands a second person for this. You may allow it.').waitFor();
  expect(await entry.getByRole('button', { name: 'Take back' }).count()).toBe(0);
  expect(await findViolations(theirs)).toEqual([]);
  // It counts for her who may allow it, and not for him who may only deny it.
  await theirs.waitForFunction("document.title.startsWith('(1) ')");
  expect(await mine.title()).not.toMatch(/^\(/);
  const allow = entry.getByRole('button', { name: 'Allow once' });
  await waitPastStrayPresses(allow);
  await allow.click();
  await theirs.getByText('No approvals are waiting.').waitFor();
  await mine.getByText('Olga allowed this a moment ago').waitFor();
  await here.find('Stamped.').waitFor();
  expect(await findViolations(mine)).toEqual([]);
  await mine.getByRole('button', { name: 'Close this note' }).click();
  await mine.getByText('Olga allowed this a moment ago').waitFor({ state: 'detached' });
  await send('PUT', '/api/v1/policy', { version: 1, rules: [] });

  // Afterwards the audit log says what she allowed, and leads to it.
  await mine.goto('/operate/audit?action=approval.answer');
  const answered = mine.getByRole('list', { name: 'Entries' }).getByRole('listitem').filter({ hasText: 'touch stamp' });
  await answered.filter({ hasText: 'Olga' }).getByRole('button').first().click();
  expect(await findViolations(mine)).toEqual([]);
  await answered.getByRole('link', { name: 'Open the session' }).click();
  await here.find('Stamped.').waitFor();
  expect(stage.takeProblems()).toEqual([]);
});

test('who drives sees the mode and what it forbids before writing, who manages restores, and both may leave', async () => {
  const noa = await stage.addPerson('Noa');
  const send = (method: string, path: string, body?: object) =>
    stage.server.fetch(path, {
      method,
      ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
  const mine = await stage.open();
  const here = chatOf(mine);
  await here.say('Plan the garden');
  await here.waitUntilReady();
  const id = new URL(mine.url()).pathname.split('/').at(-1) ?? '';
  const share = (level: string) => send('PUT', `/api/v1/sessions/${id}/shares/${noa.id}`, { level });
  await share('drive');
  await mine.getByRole('link', { name: /Plan the garden.*Shared with 1 person/ }).waitFor();

  const hers = await stage.open({ as: noa, path: `/sessions/${id}` });
  const there = chatOf(hers);
  const row = hers.getByRole('link', { name: /Plan the garden.*Shared by Administrator/ });
  await row.waitFor();
  await hers.getByRole('button', { name: 'Permission mode: Ask first' }).click();
  await hers.getByText('Only Administrator and people who manage the session can change the mode.').waitFor();
  expect(await hers.getByRole('menuitemradio').count()).toBe(1);
  expect(await findViolations(hers)).toEqual([]);
  await hers.keyboard.press('Escape');

  await send('POST', `/v1/sessions/${id}`, { permission_mode: 'bypassPermissions' });
  await hers
    .getByText('you may not let an agent act without asking, so you cannot write here. Ask Administrator')
    .waitFor();
  expect(await there.composer.count()).toBe(0);
  await share('manage');
  await hers.getByRole('button', { name: 'Switch to “Ask first”' }).click();
  await there.composer.waitFor();

  await hers.getByRole('button', { name: 'Session menu' }).click();
  await hers.getByRole('menuitem', { name: 'Archive', exact: true }).click();
  await hers.goto('/archived');
  await hers.getByText('Shared by Administrator').waitFor();
  expect(await findViolations(hers)).toEqual([]);
  await hers.getByRole('button', { name: 'Unarchive' }).click();
  await row.waitFor();

  await row.hover();
  await hers.getByRole('button', { name: /^Actions for Plan the garden/ }).click();
  await hers.getByRole('menuitem', { name: 'Leave session…' }).click();
  expect(await findViolations(hers)).toEqual([]);
  await hers.getByRole('button', { name: 'Leave session', exact: true }).click();
  await row.waitFor({ state: 'detached' });
  await mine.getByRole('link', { name: /Plan the garden.*Shared with/ }).waitFor({ state: 'detached' });
  const left = (await (await send('GET', `/api/v1/sessions/${id}/shares`)).json()) as { data: unknown[] };
  expect(left.data).toEqual([]);
  expect(stage.takeProblems()).toEqual([]);
});

test('push messages show, without a page, that something waits or a schedule fails, and say no more', async () => {
  // The bare browser of the other tests shows no notifications.
  await using browser = await openBrowser();
  const page = await stage.open({ path: '/settings', browser });
  await page.context().grantPermissions(['notifications']);
  await page.reload();
  await page.getByRole('switch', { name: 'Notify me when a session needs me' }).click();
  await page.evaluate('navigator.serviceWorker.ready.then(() => true)');
  expect(await findViolations(page)).toEqual([]);

  const devtools = await page.context().newCDPSession(page);
  const registered = Promise.withResolvers<string>();
  devtools.on('ServiceWorker.workerRegistrationUpdated', ({ registrations: [first] }) => {
    if (first !== undefined) registered.resolve(first.registrationId);
  });
  await devtools.send('ServiceWorker.enable');
  const registrationId = await registered.promise;
  await page.goto('about:blank');
  const { origin } = new URL(stage.server.url);
  for (const data of ['{"type":"schedules"}', '{"type":"approvals"}'])
    await devtools.send('ServiceWorker.deliverPushMessage', { origin, registrationId, data });
  await page.goto('/settings');
  const shown = await until('the notification', () =>
    page.evaluate<{ title: string }[]>(LIST_NOTIFICATIONS).then((all) => all.length > 1 && all),
  );
  expect(shown.toSorted((a, b) => (a.title < b.title ? -1 : 1))).toEqual([
    { title: 'A schedule of yours has failed', body: 'Open the app to see why.', tag: 'schedules' },
    { title: 'An agent waits for you', body: 'Open the app to see what it asks.', tag: 'approvals' },
  ]);
  expect(stage.takeProblems()).toEqual([]);
});
