import { chatOf } from '../../../e2e/support/chat.ts';
import type { Stage } from '../../../e2e/support/create-stage.ts';
import type { Findings } from '../findings.ts';
import { createSeries } from '../series.ts';
import { openPlatformChat } from '../sides/platform-chat.ts';
import { quantile } from '../statistics.ts';
import { BUDGETS } from './budgets.ts';
import { openLine } from './line.ts';
import { visit } from './visit.ts';

const TURNS_MISSED = 10;

/** The time from the browser's event that the network is back until all missed events are shown. */
export async function measureCatchUp(stage: Stage, rounds: number): Promise<Findings> {
  const series = createSeries('web.reconnect.catch-up', `Catch-up after ${TURNS_MISSED} missed turns`);
  await using line = await openLine(stage.server.url);
  await using agent = await openPlatformChat(stage.server);
  await agent.say('Turn 0-0');
  await using page = await visit(stage, `${line.url}/sessions/${agent.sessionId}`);
  await page.probe(`text('Heard: Turn 0-0.')`);
  for (let round = 1; round <= rounds; round += 1) {
    line.cut();
    await chatOf(page.page)
      .status.getByText(/^Reconnecting/)
      .waitFor();
    for (let turn = 1; turn <= TURNS_MISSED; turn += 1) await agent.say(`Turn ${round}-${turn}`);
    line.mend();
    const last = JSON.stringify(`Heard: Turn ${round}-${TURNS_MISSED}.`);
    const took = `(async () => {
      const backAt = performance.now();
      window.dispatchEvent(new Event('online'));
      return (await benchProbe.text(${last})) - backAt;
    })()`;
    series.samples.push(await page.page.evaluate<number>(took));
  }
  const value = quantile(series.samples, 0.95);
  const fact = { id: `${series.id}.p95`, label: `${series.label}, p95`, value, unit: 'ms', atMost: BUDGETS.catchUpMs };
  return { series: [series], facts: [fact] };
}
