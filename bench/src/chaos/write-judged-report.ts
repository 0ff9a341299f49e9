import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Findings } from '../findings.ts';
import { readMachine } from '../machine.ts';
import { toFactTable, toTableLines } from '../report/to-markdown.ts';

/** The findings of a run that passes or fails, in contrast to one that compares. */
export interface Judged extends Findings {
  problems: readonly string[];
}

export interface JudgedReport {
  /** The files' name without ending, and the suite's name after `npm run bench --`. */
  name: string;
  title: string;
  /** What the run did, in one or two sentences. */
  intro: string;
  found: Judged;
}

/** Writes NAME.json and NAME.md. Returns the path of the page. */
export async function writeJudgedReport(folder: string, { name, title, intro, found }: JudgedReport): Promise<string> {
  const machine = readMachine();
  const endedAt = new Date().toISOString();
  const path = join(folder, `${name}.md`);
  await mkdir(folder, { recursive: true });
  const json = JSON.stringify({ format: 1, endedAt, machine, ...found }, undefined, 1);
  await writeFile(join(folder, `${name}.json`), `${json}\n`);
  const problems = found.problems.map((problem) => `- ${problem}`);
  const lines = [
    `# ${title}`,
    '',
    `Ended ${endedAt.slice(0, 16).replace('T', ' ')} UTC, commit ${machine.commit}. ${intro}`,
    '',
    ...toFactTable(found.facts ?? []),
    ...(problems.length > 0 ? ['**Problems**', '', ...problems, ''] : []),
    ...(found.tables ?? []).flatMap(toTableLines),
    `${machine.cores} × ${machine.processor}, ${machine.memoryGb} GB, ${machine.kernel}; Node ${machine.node}.`,
    `Made by \`npm run bench -- ${name}\`.`,
    '',
  ];
  await writeFile(path, lines.join('\n'));
  return path;
}
