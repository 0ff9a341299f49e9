import { say, useTool, type Scenario } from '@claude-sdk-pattern/scripted-model';
import { until } from '@claude-sdk-pattern/testkit';
import type { Locator } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

import { findOverflow, findViolations } from './support/axe.ts';
import { chatOf } from './support/chat.ts';
import { driveSession } from './support/drive-session.ts';
import { openStage, type Stage } from './support/stage.ts';
import { findSmallTargets } from './support/targets.ts';

const CODE = Array.from({ length: 2000 }, (_, line) => `const value${line} = 'number ${line}';`).join('\n');
const FORMULAS = `The line \\(y = mx + b\\) and the price $5 to $10.

$$
\\int_0^1 x\\,dx = \\frac{1}{2}
$$

\\[ ${Array.from({ length: 40 }, (_, index) => `a_{${index}}`).join(' + ')} \\]

Broken: \\(\\frac{1}\\). Nothing may be linked: $\\href{https://example.org}{x}$.`;
const TABLE = `| A header of several words that was broken | Formula | Keys | A path |
| --- | --- | --- | --- |
| one<br>two | $a_1$ | <kbd>Ctrl</kbd>+<kbd>K</kbd> | \`/a/very/long/path/that/never/ends/and/goes/on/and/on/file.ts\` |
| ${'a sentence of some length that wraps in its cell, '.repeat(3)} | | | ${'word '.repeat(12)} |`;
const PLAIN = [
  'One line of code without a language:',
  '```\nnpm test\n```',
  'And a long one:',
  `\`\`\`\n${'word '.repeat(60)}\n\`\`\``,
].join('\n\n');

const DIAGRAM = `flowchart LR
  A[Browser] --> B[Gateway]
  click A href "https://example.org"`;
const PROBES = `<p>Waits</p>
<script>
const attempt = (work) => { try { return String(work()); } catch (error) { return error.name; } };
const found = {
  origin,
  cookie: attempt(() => document.cookie),
  storage: attempt(() => localStorage.length),
  page: attempt(() => parent.document.title),
  frame: attempt(() => frameElement),
  top: attempt(() => (top.location.href = '/settings')),
  window: attempt(() => open('/settings')),
  rtc: typeof RTCPeerConnection,
};
fetch('/api/v1/bootstrap').catch((error) => error.name).then((api) => {
  document.querySelector('p').textContent = JSON.stringify({ ...found, api });
});
</script>`;
const PREVIEWS = [
  `\`\`\`mermaid\n${DIAGRAM}\n\`\`\``,
  `\`\`\`html\n${PROBES}\n\`\`\``,
  '```mermaid\nflowchart LR\n  A --> [[[\n```',
].join('\n\n');
/** 5 × 5 pixels. */
const PNG =
  'iVBORw0KGgoAAAANSUhEUgAAAAUAAAAFCAYAAACNbyblAAAAHElEQVQI12P4//8/w38GIAXDIBKE0DHxgljNBAAO9TXL0Y4OHwAAAABJRU5ErkJggg==';

const scenarios: Scenario[] = [
  { match: { userText: 'code' }, reply: [say(`Here it is:\n\n\`\`\`ts\n${CODE}\n\`\`\`\n\nThat was all.`)] },
  { match: { userText: 'markdown' }, reply: [say([FORMULAS, TABLE, PLAIN].join('\n\n'))] },
  {
    match: { userText: 'previews' },
    reply: [
      useTool('Bash', { command: `echo ${PNG} | base64 -d > plot.png; echo no > broken.png`, description: 'Plot' }),
      say(PREVIEWS),
    ],
  },
];

let stage: Stage;

beforeAll(async () => {
  stage = await openStage({ scenarios });
});
afterEach(() => expect(stage.takeProblems()).toEqual([]));
afterAll(async () => stage?.[Symbol.asyncDispose]());

test('an opened or closed block stays in place and keeps its highlighting', async () => {
  const page = await stage.open();
  const chat = chatOf(page);
  await chat.say('some code');
  await chat.find('That was all.').waitFor();
  await chat.waitUntilReady();
  const more = chat.conversation.getByRole('button', { name: 'Show 1,700 lines more' });
  const line300 = chat.conversation.locator('code span', { hasText: /^const value299 =/ }).first();
  const next300 = chat.conversation.locator('code span[style*="color"]', { hasText: 'value299' });
  const atEnd = () =>
    page.locator('[data-transcript]').evaluate((each) => each.scrollHeight - each.scrollTop - each.clientHeight < 1);
  await until('it is coloured and at its end', async () => (await next300.count()) > 0 && (await atEnd()));
  const before = await topOf(line300);

  await more.click();
  const less = chat.conversation.getByRole('button', { name: 'Show less' });
  await less.waitFor({ state: 'attached' });
  await until('the lines after it are there', async () =>
    ((await chat.conversation.textContent()) ?? '').includes('const value1999 ='),
  );
  expect(Math.abs((await topOf(line300)) - before)).toBeLessThan(2);
  await page.getByRole('button', { name: 'Latest' }).waitFor();
  const next = chat.conversation.locator('code span[style*="color"]', { hasText: 'value305' });
  await expect.poll(() => next.count()).toBeGreaterThan(0);
  expect(await page.locator('[data-transcript] *').count(), 'only what is near is coloured').toBeLessThan(3000);

  // Measured at the press, because the click may scroll before it.
  await page.evaluate(NOTE_PLACE_OF_PRESS);
  await less.click();
  await more.waitFor();
  const place = await page.evaluate<number>('Number(document.body.dataset.pressedAt)');
  expect(Math.abs((await topOf(more)) - place)).toBeLessThan(10);
});

test('formulas are typeset, tables scroll inside themselves, and code stands without an empty row', async () => {
  const page = await stage.open();
  const chat = chatOf(page);
  await chat.say('markdown, please');
  await chat.waitUntilReady();
  await expect.poll(() => chat.conversation.locator('.katex').count()).toBe(5);
  await expect.poll(() => chat.conversation.locator('.katex-display').count()).toBe(2);
  await chat.find('\\(\\frac{1}\\)').waitFor();
  expect(await chat.conversation.getByRole('link').count()).toBe(0);
  expect(await chat.count('$5 to $10')).toBe(1);
  expect(await chat.conversation.locator('kbd').count()).toBe(2);

  const table = chat.conversation.getByRole('group', { name: 'Table, wider than the page' });
  const frame = chat.conversation.locator('.table-frame');
  await expect.poll(() => frame.getAttribute('data-after')).toBe('');
  await table.evaluate((element) => element.scrollTo({ left: element.scrollWidth }));
  await expect.poll(() => frame.getAttribute('data-after')).toBeNull();
  expect(await frame.getAttribute('data-before')).toBe('');
  expect(await page.evaluate<boolean>('document.documentElement.scrollWidth <= innerWidth')).toBe(true);

  const wrap = chat.conversation.getByRole('button', { name: 'Wrap long lines' });
  const long = chat.conversation.locator('pre', { hasText: /^(word )+/ });
  expect(await overflows(long)).toBe(true);
  await wrap.click();
  expect(await overflows(long)).toBe(false);
  expect(await findViolations(page)).toEqual([]);
});

test('diagrams and pages of the agent open in frames that reach nothing, and its images below the turn', async () => {
  const sessionId = await driveSession(stage.server, { messages: ['previews'] });
  const page = await stage.open({ path: `/sessions/${sessionId}` });
  const { conversation } = chatOf(page);
  const diagram = conversation.getByRole('button', { name: 'Show diagram' });
  expect(await page.locator('iframe').count()).toBe(0);
  // Broken first: it leaves its button as it was.
  await diagram.last().click();
  await page.getByRole('alert').filter({ hasText: 'The diagram could not be drawn: Parse error on line 2' }).waitFor();
  // By key: what was taken away below may still move it.
  await diagram.first().press('Enter');
  const drawing = page.frameLocator('iframe[title="Diagram"]').locator('svg[id="drawn"]');
  await drawing.getByText('Gateway').waitFor();
  const links = await drawing.locator('a').evaluateAll((found) => found.map((link) => link.getAttributeNames()));
  expect(links.flat().filter((name) => name.endsWith('href'))).toEqual([]);
  await page.getByText('Drawing the diagram…').waitFor({ state: 'detached' });

  await conversation.getByRole('button', { name: 'Show preview' }).press('Enter');
  const told = page.frameLocator('iframe[title="Preview"]').getByText('origin');
  expect(JSON.parse(await told.innerText())).toEqual({
    ...{ origin: 'null', cookie: 'SecurityError', storage: 'SecurityError', page: 'SecurityError' },
    ...{ frame: 'null', top: 'SecurityError', window: 'null', rtc: 'undefined', api: 'TypeError' },
  });
  expect(await page.getByText('Preview of what the agent wrote. It can load nothing from the network.').count()).toBe(
    2,
  );
  await conversation.getByText('broken.png is no image that can be shown, or is gone').waitFor();
  await page.setViewportSize({ width: 390, height: 844 });
  expect([await findOverflow(page), await findSmallTargets(page)]).toEqual([0, []]);
  expect(await findViolations(page)).toEqual([]);
  const alone = await stage.server.fetch('/api/v1/preview-frame', { headers: { 'sec-fetch-dest': 'document' } });
  expect([alone.status, await alone.text()]).toEqual([400, expect.stringContaining('in a frame only')]);
  // What browsers say of the attempts.
  stage.takeProblems();
});

const NOTE_PLACE_OF_PRESS = `addEventListener('click', ({ target }) => {
  document.body.dataset.pressedAt = target.closest('button').getBoundingClientRect().top;
}, { capture: true, once: true })`;

/**
 * Finds and measures the element in one step, because highlighting may replace it in between, and an element without a box has
 * its top at 0.
 */
async function topOf(element: Locator): Promise<number> {
  return until(`${element.toString()} is there`, async () => {
    const tops = await element.evaluateAll((found) =>
      found.filter((each) => each.getClientRects().length > 0).map((each) => each.getBoundingClientRect().top),
    );
    return tops[0];
  });
}

async function overflows(element: Locator): Promise<boolean> {
  return element.evaluate((each) => each.scrollWidth > each.clientWidth);
}
