import type { Stage } from '../../../e2e/support/create-stage.ts';
import type { Fact, Findings } from '../findings.ts';
import { BUDGETS } from './budgets.ts';
import type { SeededSession } from './first-load.ts';
import { visit } from './visit.ts';

const SETTLE_MS = 5000;

/** The processor time of a page that nobody uses. */
export async function measureIdle(stage: Stage, { id, lastText }: SeededSession, seconds: number): Promise<Findings> {
  const facts: Fact[] = [];
  for (const [name, path] of [
    ['home', '/'],
    ['session', `/sessions/${id}`],
  ] as const) {
    await using page = await visit(stage, path);
    await (name === 'session' ? page.probe(`text(${JSON.stringify(lastText)})`) : page.probe('composer()'));
    await page.page.waitForTimeout(SETTLE_MS);
    const before = await page.readTaskMs();
    await page.page.waitForTimeout(seconds * 1000);
    facts.push({
      ...{ id: `web.idle.${name}`, label: `Idle ${name}: share of a core`, unit: '%' },
      ...{ value: ((await page.readTaskMs()) - before) / seconds / 10, atMost: BUDGETS.idlePercent },
    });
  }
  return { series: [], facts };
}
