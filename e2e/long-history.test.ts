import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { chatOf } from './support/chat.ts';
import { EVENTS_PER_TURN, seedHistory } from './support/seed-history.ts';
import { openStage, type Stage } from './support/stage.ts';

const TURNS = 5000;
/** Across pages of 500 events. */
const TURNS_BACK = 130;
const MAX_ELEMENTS = 3000;
/** The list may learn the height of a row late, while it is scrolled; losing one's place is more than this. */
const MAX_SHIFT_PX = 150;
/** Less than what the list draws ahead. */
const STEP_PX = 300;
const SETTLE_FRAMES = 60;

let stage: Stage;
let sessionId: string;

beforeAll(async () => {
  stage = await openStage();
  sessionId = await seedHistory(stage.server, TURNS);
});
afterAll(async () => stage?.[Symbol.asyncDispose]());

test('a session of 50,000 events opens at its end', async () => {
  const page = await stage.open();
  await page.goto(`/sessions/${sessionId}`);
  await chatOf(page).find(`Answer ${TURNS}.`).waitFor();
  const openedMs = await page.evaluate<number>('performance.now()');
  expect(await distanceFromEnd(page)).toBeLessThan(2);
  console.log(`A session of ${TURNS * EVENTS_PER_TURN} events showed its end after ${Math.round(openedMs)} ms.`);
  await page.context().close();
});

test('scrolling back over several pages shows every turn once, in order, and never jumps', async () => {
  const page = await stage.open({ path: `/sessions/${sessionId}` });
  const chat = chatOf(page);
  await chat.find(`Answer ${TURNS}.`).waitFor();
  await recordFrames(page);

  const seen = new Set<string>();
  for (let first = Infinity; first > (TURNS - TURNS_BACK) * 2;) {
    expect(await scrollUp(page)).toBeLessThan(MAX_SHIFT_PX);
    const drawn = await drawnParts(page);
    const places = drawn.map(toPlace);
    first = places[0] ?? 0;
    expect(places).toEqual(places.map((_, index) => first + index));
    for (const part of drawn) seen.add(part);
  }
  expect(seen.size).toBeGreaterThanOrEqual(TURNS_BACK * 2);
  expect(await page.locator('*').count()).toBeLessThan(MAX_ELEMENTS);
  console.log(`Frames while scrolling back: ${await frameFigures(page)}`);

  await page.getByRole('button', { name: /^Latest/ }).click();
  await chat.find(`Answer ${TURNS}.`).waitFor();
  expect(stage.takeProblems()).toEqual([]);
  await page.context().close();
});

/** Scrolls back by a step; resolves with how far what was on screen came to stand from where it should, in pixels. */
function scrollUp(page: Page): Promise<number> {
  return page.evaluate<number>(`(async () => {
    const scroller = document.querySelector('[data-transcript]');
    const topOf = (row) => row.getBoundingClientRect().top - scroller.getBoundingClientRect().top;
    const row = [...scroller.querySelectorAll('[data-row]')].find((one) => topOf(one) + one.offsetHeight > 0);
    const key = row.dataset.row;
    const before = topOf(row);
    const step = Math.min(${STEP_PX}, scroller.scrollTop);
    scroller.scrollBy(0, -step);
    const frame = () => new Promise(requestAnimationFrame);
    const shift = () => {
      const after = scroller.querySelector('[data-row="' + CSS.escape(key) + '"]');
      return after === null ? Infinity : Math.abs(topOf(after) - before - step);
    };
    const isUnmeasured = (one) => getComputedStyle(one).visibility === 'hidden';
    const isSettled = () => ![...scroller.querySelectorAll('[data-row]')].some(isUnmeasured);
    // A page that arrives is put in front and the scroller moved by its height in steps of the list's own.
    for (let frames = 0; frames < ${SETTLE_FRAMES}; frames += 1) {
      await frame();
      if (frames > 0 && isSettled() && shift() < ${MAX_SHIFT_PX}) break;
    }
    return shift();
  })()`);
}

/** The questions and answers in the page, top to bottom. */
async function drawnParts(page: Page): Promise<string[]> {
  // Rows that are not measured yet are in the page but hidden until the frame is painted.
  const text = (await chatOf(page).conversation.textContent()) ?? '';
  return text.match(/(?:Question|Answer) \d+(?=\.)/g) ?? [];
}

/** A question or an answer as its number among all of them. */
function toPlace(part: string): number {
  const [word, turn] = part.split(' ');
  return Number(turn) * 2 + (word === 'Answer' ? 1 : 0);
}

function distanceFromEnd(page: Page): Promise<number> {
  return chatOf(page).conversation.evaluate(
    (element) => element.scrollHeight - element.scrollTop - element.clientHeight,
  );
}

async function recordFrames(page: Page): Promise<void> {
  await page.evaluate(`{
    globalThis.frames_ = [];
    let last = performance.now();
    const note = (now) => { frames_.push(now - last); last = now; requestAnimationFrame(note); };
    requestAnimationFrame(note);
  }`);
}

function frameFigures(page: Page): Promise<string> {
  return page.evaluate<string>(`{
    const sorted = frames_.toSorted((a, b) => a - b);
    const at = (share) => sorted[Math.floor(sorted.length * share)].toFixed(1);
    \`p50 \${at(0.5)} ms, p95 \${at(0.95)} ms, longest \${sorted.at(-1).toFixed(1)} ms of \${sorted.length}\`;
  }`);
}
