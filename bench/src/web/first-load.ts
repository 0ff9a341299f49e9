import { get } from 'node:http';

import type { Stage } from '../../../e2e/support/create-stage.ts';
import type { Findings } from '../findings.ts';
import { createSeries } from '../series.ts';
import { quantile } from '../statistics.ts';
import { BUDGETS } from './budgets.ts';
import { visit, type Visit } from './visit.ts';

export interface SeededSession {
  id: string;
  events: number;
  /** A text at the end of the session. */
  lastText: string;
}

/** The bytes transferred until a page can be used, with a browser's `accept-encoding` and with gzip alone. */
export async function measureSizes(stage: Stage, { id, lastText }: SeededSession): Promise<Findings> {
  const facts = [];
  for (const [what, path, atMost] of [
    ['the shell', '/', BUDGETS.shellKb],
    ['a chat', `/sessions/${id}`, BUDGETS.chatKb],
  ] as const) {
    await using page = await visit(stage, 'about:blank');
    const urls = new Set<string>();
    page.page.on('response', (response) => {
      const url = response.url();
      if (/\/assets\/|\.svg$/.test(url) || response.request().isNavigationRequest()) urls.add(url);
    });
    await page.page.goto(`${stage.server.url}${path}`);
    await page.probe('composer()');
    // Files that are preloaded for the next page do not count.
    if (what === 'a chat') {
      await page.probe(`text(${JSON.stringify(lastText)})`);
      await page.page.waitForLoadState('networkidle');
    }
    const sum = async (encoding: string) => {
      const sizes = await Promise.all([...urls].map((url) => readSize(url, encoding)));
      return sizes.reduce((total, bytes) => total + bytes, 0) / 1000;
    };
    const key = what === 'a chat' ? 'chat' : 'shell';
    facts.push(
      {
        id: `web.size.${key}.gzip`,
        label: `First load of ${what}, gzip`,
        value: await sum('gzip'),
        unit: 'KB',
        atMost,
      },
      { id: `web.size.${key}.brotli`, label: `First load of ${what}, as sent`, value: await sum('br'), unit: 'KB' },
    );
  }
  return { series: [], facts };
}

function readSize(url: string, encoding: string): Promise<number> {
  // `fetch` would decompress the body, and its compressed size would be lost.
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  get(url, { headers: { 'accept-encoding': encoding } }, (response) => {
    let bytes = 0;
    response.on('data', (chunk: Buffer) => (bytes += chunk.length)).on('end', () => resolve(bytes));
  }).on('error', reject);
  return promise;
}

/**
 * The time from the navigation, without a cache, until a message can be written, and until the end of the session is
 * shown.
 */
export async function measureOpening(
  stage: Stage,
  sessions: readonly SeededSession[],
  rounds: number,
): Promise<Findings> {
  const composer = createSeries('web.open.composer', 'Composer ready');
  const screens = sessions.map(({ events }) =>
    createSeries(`web.open.last-screen-${events}`, `Last screen of ${events.toLocaleString('en')} events`),
  );
  // The rounds alternate. The first one warms up the server and the disk.
  for (let round = 0; round <= rounds; round += 1) {
    for (const [index, { id, lastText }] of sessions.entries()) {
      await using page = await visit(stage, `/sessions/${id}`);
      const [writableMs, shownMs] = await open(page, lastText);
      if (round === 0) continue;
      composer.samples.push(writableMs);
      screens[index]?.samples.push(shownMs);
    }
  }
  const toFact = ({ id, label, samples }: typeof composer, atMost: number) => ({
    ...{ id: `${id}.p95`, label: `${label}, p95`, value: quantile(samples, 0.95), unit: 'ms', atMost },
  });
  return {
    series: [composer, ...screens],
    facts: [toFact(composer, BUDGETS.composerMs), ...screens.map((screen) => toFact(screen, BUDGETS.lastScreenMs))],
  };
}

function open({ probe }: Visit, lastText: string): Promise<[number, number]> {
  return Promise.all([probe<number>('composer()'), probe<number>(`text(${JSON.stringify(lastText)})`)]);
}
