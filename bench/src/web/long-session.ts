import { chatOf } from '../../../e2e/support/chat.ts';
import type { Stage } from '../../../e2e/support/create-stage.ts';
import type { Findings } from '../findings.ts';
import { createSeries } from '../series.ts';
import { quantile } from '../statistics.ts';
import { BUDGETS } from './budgets.ts';
import type { SeededSession } from './first-load.ts';
import { toFrameFindings } from './frame-facts.ts';
import { visit } from './visit.ts';

const SCROLL_FRAMES = 600;
const PIXELS_PER_FRAME = 60;
const KEYS = 'The quick brown fox jumps over the lazy dog, and goes on to write a little more. ';

/** A long session with every event loaded: scrolling back while pages load, elements, heap, typing. */
export async function measureLongSession(stage: Stage, { id, lastText, events }: SeededSession): Promise<Findings> {
  await using page = await visit(stage, `/sessions/${id}`);
  await page.probe(`text(${JSON.stringify(lastText)})`);
  const paging = await page.probe<Scrolled>(`scrollBack(${SCROLL_FRAMES}, ${PIXELS_PER_FRAME})`);
  await page.probe('loadAll()');
  await page.probe(`text('Question 1.')`);
  await chatOf(page.page)
    .page.getByRole('button', { name: /^Latest/ })
    .click();
  await page.probe(`text(${JSON.stringify(lastText)})`);
  const loaded = await page.probe<Scrolled>(`scrollBack(${SCROLL_FRAMES}, ${PIXELS_PER_FRAME})`);
  const heapMb = await page.readHeapMb();

  const keys = createSeries('web.long.key', `A key in the composer, ${events} events loaded`);
  const { composer } = chatOf(page.page);
  await composer.focus();
  await page.probe('startKeys()');
  for (const key of KEYS) await page.page.keyboard.press(key === ' ' ? 'Space' : key);
  keys.samples.push(...(await page.probe<number[]>('stopKeys()')));

  const whilePaging = toFrameFindings('web.long.paging', `Scrolling back while pages are loaded`, paging.lengths);
  const whenLoaded = toFrameFindings('web.long.scroll', `Scrolling, ${events} events loaded`, loaded.lengths);
  const mostElements = Math.max(paging.mostElements, loaded.mostElements);
  return {
    series: [...whilePaging.series, ...whenLoaded.series, keys],
    facts: [
      ...(whilePaging.facts ?? []),
      ...(whenLoaded.facts ?? []),
      {
        id: 'web.long.elements',
        label: 'Most elements in the page',
        value: mostElements,
        unit: '',
        atMost: BUDGETS.elements,
      },
      {
        id: 'web.long.heap',
        label: `Heap, ${events} events loaded`,
        value: heapMb,
        unit: 'MB',
        atMost: BUDGETS.heapMb,
      },
      {
        ...{ id: 'web.long.key.p95', label: `${keys.label}, p95`, unit: 'ms' },
        ...{ value: quantile(keys.samples, 0.95), atMost: BUDGETS.keyMs },
      },
    ],
  };
}

interface Scrolled {
  lengths: number[];
  mostElements: number;
}
