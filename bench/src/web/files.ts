import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { say } from '@claude-sdk-pattern/scripted-model';

import { chatOf } from '../../../e2e/support/chat.ts';
import { createStage, type Stage } from '../../../e2e/support/create-stage.ts';
import { openBrowser } from '../../../e2e/support/open-browser.ts';
import { seedHistory } from '../../../e2e/support/seed-history.ts';
import type { Fact, Findings } from '../findings.ts';
import type { BenchContext } from '../series.ts';
import { BUDGETS } from './budgets.ts';
import { toFrameFindings } from './frame-facts.ts';
import { traceMainThread, type MainThreadWork } from './main-thread.ts';
import { createAnswer, TOKENS_PER_SECOND } from './streaming.ts';
import { visit, type Visit } from './visit.ts';

const FILES_PER_SECOND = 100;
const BATCH_MS = 50;
const TURNS = 20;
/** And how long the answer is told before, while traces begin, which takes long on a busy machine. */
const SECONDS = { full: 20, quick: 5, before: 20 };

const EMPTY = '<!doctype html><body></body>';

/**
 * Two people look at the files of a session while 100 files a second are written into the folder that both have open, half of them
 * new, and while the agent answers. Each page is in a browser of its own, and a third browser shows an empty page. Measures how long
 * a frame takes on average in the slowest second of each, and how much processor time the main thread needs: where a busy machine
 * takes frames from all three, that tells whether a page could have drawn them.
 */
export async function measureFiles({ quick }: BenchContext): Promise<Findings> {
  const seconds = quick ? SECONDS.quick : SECONDS.full;
  const answer = createAnswer(TOKENS_PER_SECOND * (seconds + SECONDS.before));
  await using stage = await createStage({
    scenarios: [{ match: { userText: 'long story' }, reply: [say(answer, { tokensPerSecond: TOKENS_PER_SECOND })] }],
  });
  const id = await seedHistory(stage.server, TURNS);
  const folder = join(stage.server.dataDir, 'workspaces', id, 'src');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'file-0.txt'), '');
  const path = `/sessions/${id}?panel=file`;
  await using first = await visitAlone(stage, path);
  await using second = await visitAlone(stage, path);
  await using empty = await visitAlone(stage, 'about:blank');
  await empty.page.setContent(EMPTY);
  const pages = [first, second];
  for (const { page } of pages) {
    const tree = page.getByRole('tree');
    await tree.getByRole('treeitem', { name: 'src' }).click();
    await tree.getByRole('treeitem', { name: /^file-0\.txt/ }).waitFor();
  }
  await chatOf(first.page).say('Tell the long story');
  await second.page.getByText('Part 1').first().waitFor();
  const stops = await Promise.all(pages.map(traceMainThread));
  for (const each of [...pages, empty]) await each.probe('startFrames()');
  let written = 1;
  for (const end = performance.now() + seconds * 1000; performance.now() < end; await delay(BATCH_MS)) {
    for (let count = 0; count < (FILES_PER_SECOND * BATCH_MS) / 1000; count += 1, written += 1) {
      const name = written % 2 === 0 ? written : written - 10;
      await writeFile(join(folder, `file-${Math.max(0, name)}.txt`), `${written}\n`.repeat(written % 50));
    }
  }
  const frames = await Promise.all([...pages, empty].map((each) => each.probe<number[]>('stopFrames()')));
  const works = await Promise.all(stops.map((stop) => stop()));
  // The tree has followed: the newest file is found in it.
  const newest = `file-${written % 2 === 0 ? written - 2 : written - 1}.txt`;
  for (const { page } of pages) {
    await page.getByRole('searchbox', { name: 'Find a file' }).fill(newest);
    await page.getByRole('link', { name: `src/${newest}` }).waitFor();
  }
  const all = frames.map((times, index) => {
    const who = ['who asked', 'the other', 'an empty page beside them'][index] ?? '';
    const label = `Files, ${FILES_PER_SECOND} written a second, ${who}`;
    const found = toFrameFindings(`web.files.${index + 1}`, label, times, true);
    const slowest = { id: `web.files.${index + 1}.slowest`, label: `Files, ${who}: a frame in the slowest second` };
    const atMost = index < pages.length ? { atMost: BUDGETS.frameWhileWritingMs } : {};
    const fact: Fact = { ...slowest, value: 1000 / countFewest(times), unit: 'ms', ...atMost };
    return { series: found.series, facts: [...(found.facts ?? []), fact] };
  });
  const worked = works.flatMap((work, index) => toWorkFacts(work, index));
  return { series: all.flatMap(({ series }) => series), facts: [...all.flatMap(({ facts }) => facts), ...worked] };
}

/** A page in a browser of its own. */
async function visitAlone(stage: Stage, path: string): Promise<Visit> {
  const browser = await openBrowser();
  try {
    const visited = await visit({ open: (options) => stage.open({ ...options, browser }) }, path);
    return { ...visited, [Symbol.asyncDispose]: () => browser.close() };
  } catch (error) {
    await browser.close();
    throw error;
  }
}

function toWorkFacts(work: MainThreadWork, index: number): Fact[] {
  const id = `web.files.${index + 1}`;
  const label = `Files, ${index === 0 ? 'who asked' : 'the other'}: processor time of the main thread`;
  return [
    {
      ...{ id: `${id}.longest-task`, label: `${label}, longest task`, value: work.longestMs, unit: 'ms' },
      atMost: BUDGETS.frameWhileWritingMs,
    },
    {
      ...{ id: `${id}.busiest`, label: `${label}, in the busiest second`, value: work.busiestSecondMs, unit: 'ms' },
      atMost: BUDGETS.busiestSecondMs,
    },
    { id: `${id}.work`, label: `${label}, a second`, value: work.perSecondMs, unit: 'ms' },
  ];
}

/** The fewest frames that end within any second, from the times between them in ms. Pure. */
function countFewest(frames: readonly number[]): number {
  const ends: number[] = [];
  for (const time of frames) ends.push((ends.at(-1) ?? 0) + time);
  const last = ends.at(-1) ?? 0;
  let fewest = Infinity;
  let until = 0;
  for (let from = 0; from < ends.length && (ends[from] ?? 0) + 1000 <= last; from += 1) {
    while (until < ends.length && (ends[until] ?? 0) <= (ends[from] ?? 0) + 1000) until += 1;
    fewest = Math.min(fewest, until - from - 1);
  }
  return fewest;
}
