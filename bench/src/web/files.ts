import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { chatOf } from '../../../e2e/support/chat.ts';
import type { Stage } from '../../../e2e/support/create-stage.ts';
import type { Findings } from '../findings.ts';
import { BUDGETS } from './budgets.ts';
import { toFrameFindings } from './frame-facts.ts';
import { visit } from './visit.ts';

const FILES_PER_SECOND = 100;
const BATCH_MS = 50;

/**
 * Two people look at the files of a session while 100 files a second are written into the folder that both have open, half of them
 * new, and while the agent answers. Measures how long a frame takes on average in the slowest second of each page.
 */
export async function measureFiles(stage: Stage, { id, seconds }: { id: string; seconds: number }): Promise<Findings> {
  const folder = join(stage.server.dataDir, 'workspaces', id, 'src');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'file-0.txt'), '');
  const path = `/sessions/${id}?panel=file`;
  await using first = await visit(stage, path);
  await using second = await visit(stage, path);
  const pages = [first, second];
  for (const { page } of pages) {
    const tree = page.getByRole('tree');
    await tree.getByRole('treeitem', { name: 'src' }).click();
    await tree.getByRole('treeitem', { name: /^file-0\.txt/ }).waitFor();
  }
  await chatOf(first.page).say('Tell the long story');
  await second.page.getByText('Part 1').first().waitFor();
  for (const each of pages) await each.probe('startFrames()');
  let written = 1;
  for (const end = performance.now() + seconds * 1000; performance.now() < end; await delay(BATCH_MS)) {
    for (let count = 0; count < (FILES_PER_SECOND * BATCH_MS) / 1000; count += 1, written += 1) {
      const name = written % 2 === 0 ? written : written - 10;
      await writeFile(join(folder, `file-${Math.max(0, name)}.txt`), `${written}\n`.repeat(written % 50));
    }
  }
  const frames = await Promise.all(pages.map((each) => each.probe<number[]>('stopFrames()')));
  // The tree has followed: the newest file is found in it.
  const newest = `file-${written % 2 === 0 ? written - 2 : written - 1}.txt`;
  for (const { page } of pages) {
    await page.getByRole('searchbox', { name: 'Find a file' }).fill(newest);
    await page.getByRole('link', { name: `src/${newest}` }).waitFor();
  }
  const all = frames.map((times, index) => {
    const who = index === 0 ? 'who asked' : 'the other';
    const found = toFrameFindings(
      `web.files.${index + 1}`,
      `Files, ${FILES_PER_SECOND} written a second, ${who}`,
      times,
      true,
    );
    const slowest = { id: `web.files.${index + 1}.slowest`, label: `Files, ${who}: a frame in the slowest second` };
    const fact = { ...slowest, value: 1000 / countFewest(times), unit: 'ms', atMost: BUDGETS.frameWhileWritingMs };
    return { series: found.series, facts: [...(found.facts ?? []), fact] };
  });
  return { series: all.flatMap(({ series }) => series), facts: all.flatMap(({ facts }) => facts) };
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
