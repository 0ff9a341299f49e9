import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { readMachine } from '../machine.ts';
import { toFactTable, toTableLines } from '../report/to-markdown.ts';
import type { runSoak } from './run-soak.ts';

/** Writes `soak.json` and `soak.md`. Returns the path of the page. */
export async function writeSoakReport(folder: string, found: Awaited<ReturnType<typeof runSoak>>): Promise<string> {
  const machine = readMachine();
  const endedAt = new Date().toISOString();
  const path = join(folder, 'soak.md');
  await mkdir(folder, { recursive: true });
  await writeFile(
    join(folder, 'soak.json'),
    `${JSON.stringify({ format: 1, endedAt, machine, ...found }, undefined, 1)}\n`,
  );
  const lines = [
    '# Soak',
    '',
    `Ended ${endedAt.slice(0, 16).replace('T', ' ')} UTC, commit ${machine.commit}. People, tools, interrupts, hibernations, agents killed and`,
    'eating memory, the server stopped and killed, at random; every message, command and event was followed to its end.',
    '',
    ...toFactTable(found.facts ?? []),
    ...(found.problems.length > 0 ? ['**Problems**', '', ...found.problems.map((problem) => `- ${problem}`), ''] : []),
    ...(found.tables ?? []).flatMap(toTableLines),
    `${machine.cores} × ${machine.processor}, ${machine.memoryGb} GB, ${machine.kernel}; Node ${machine.node};`,
    `Agent SDK ${machine.agentSdk} with Claude Code ${machine.cli}. Made by \`npm run bench -- soak\`.`,
    '',
  ];
  await writeFile(path, lines.join('\n'));
  return path;
}
