import { chatOf } from '../../../e2e/support/chat.ts';
import type { Stage } from '../../../e2e/support/create-stage.ts';
import type { Findings } from '../findings.ts';
import { toFrameFindings } from './frame-facts.ts';
import { visit } from './visit.ts';

export const TOKENS_PER_SECOND = 100;
const CHARS_PER_TOKEN = 4;
const FLOOR_SECONDS = 8;

/** Headings, lists, tables, code and prose, as in real answers, with about this many tokens. */
export function createAnswer(tokens: number): string {
  const parts: string[] = [];
  for (let part = 1; parts.join('\n\n').length < tokens * CHARS_PER_TOKEN; part += 1) {
    parts.push(
      `## Part ${part}`,
      'A paragraph with **bold words**, `some code`, a [link](https://example.org/page) and enough of plain text that it goes over several lines of the column, as an explanation does.',
      '- first of the points, with `code` in it\n- second of the points\n  - one below it, *leaning*\n- third of them',
      `\`\`\`ts\nexport function part${part}(value: number): string {\n  const doubled = value * 2;\n  return \`Part \${doubled}\`;\n}\n\`\`\``,
      '| name | value | what it is for |\n| --- | ---: | --- |\n| one | 1 | the first |\n| two | 2 | the second |',
    );
  }
  return `${parts.join('\n\n')}\n\nThat is all.`;
}

/** An answer at 100 tokens a second, in a new session and at the end of a long one. */
export async function measureStreaming(
  stage: Stage,
  where: { path: string; id: string; label: string },
): Promise<Findings> {
  await using page = await visit(stage, where.path);
  const chat = chatOf(page.page);
  await chat.composer.waitFor();
  // Before the measurement, the process is running and the code that renders answers is loaded.
  await chat.say('Hello');
  await chat.find('Heard: Hello.').waitFor();
  await chat.waitUntilReady();
  await chat.say('Tell the long story');
  await chat.find('Part 1').first().waitFor();
  await page.probe('startFrames()');
  await chat.find('That is all.').waitFor({ timeout: 120_000 });
  return toFrameFindings(
    `web.stream.${where.id}`,
    `Streaming ${where.label}`,
    await page.probe<number[]>('stopFrames()'),
  );
}

/**
 * The frame times of this browser with a page that does nothing, and with one that only appends plain text at that
 * rate.
 */
export async function measureFloor(stage: Stage): Promise<Findings> {
  const findings: Findings = { series: [], facts: [] };
  for (const { id, label, tokens } of [
    { id: 'empty', label: 'Floor: an empty page', tokens: 0 },
    { id: 'text', label: 'Floor: a page that only appends the text', tokens: TOKENS_PER_SECOND },
  ]) {
    await using page = await visit(stage, 'about:blank');
    await page.page.setContent('<!doctype html><body><p style="white-space: pre-wrap"></p></body>');
    await page.page.evaluate(`{
      const paragraph = document.querySelector('p');
      const perTick = ${(tokens * CHARS_PER_TOKEN) / 100};
      if (perTick > 0) setInterval(() => paragraph.append('lorem ipsum '.slice(0, perTick)), 10);
    }`);
    await page.probe('startFrames()');
    await page.page.waitForTimeout(FLOOR_SECONDS * 1000);
    const found = toFrameFindings(`web.floor.${id}`, label, await page.probe<number[]>('stopFrames()'), true);
    findings.series.push(...found.series);
    findings.facts?.push(...(found.facts ?? []));
  }
  return findings;
}
