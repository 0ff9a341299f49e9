import type { TypeChange, TypesComparison } from './compare-types.ts';

/** One of the runs with the other version. */
export interface Run {
  name: string;
  ok: boolean;
  seconds: number;
  /** The end of the run's output; shown if the run failed. */
  output: string;
}

export interface PackageReport {
  name: string;
  before: string;
  after: string;
  types: TypesComparison;
  /** Types with a section of their own, by the section's title. */
  sections: Readonly<Record<string, string>>;
}

const FENCE = '```';
/** Longer types are cut. The report only shows where to look. */
const MAX_TEXT_CHARS = 160;
const SHOWN_BEFORE_CHARS = 40;

/** The report as Markdown. */
export function renderReport(packages: readonly PackageReport[], runs: readonly Run[]): string {
  return [...packages.map(renderPackage), renderRuns(runs)].join('\n');
}

function renderPackage({ name, before, after, types, sections }: PackageReport): string {
  const lines = [`# ${name} ${before} → ${after}`, ''];
  const named = new Set(Object.values(sections));
  for (const [title, type] of Object.entries(sections)) {
    const change = types.changed.find((each) => each.name === type);
    lines.push(`## ${title}`, '', ...(change ? renderChange(change) : ['No change.']), '');
  }
  lines.push('## Other types', '');
  lines.push(...renderNames('new', types.added), ...renderNames('gone', types.removed));
  const others = types.changed.filter((change) => !named.has(change.name));
  for (const change of others) lines.push('', `### ${change.name}`, '', ...renderChange(change));
  if (types.added.length + types.removed.length + others.length === 0) lines.push('No change.');
  return `${lines.join('\n')}\n`;
}

function renderChange({ added, removed, changed }: TypeChange): string[] {
  return [
    ...renderNames('new', added),
    ...renderNames('gone', removed),
    ...changed.map(({ member, before, after }) => {
      const name = member === '' ? '' : `\`${cut(member)}\`: `;
      const from = findDifference(before, after);
      return `- changed: ${name}\`${cut(before, from)}\` → \`${cut(after, from)}\``;
    }),
  ];
}

function renderNames(word: string, names: readonly string[]): string[] {
  return names.map((name) => `- ${word}: \`${cut(name)}\``);
}

function renderRuns(runs: readonly Run[]): string {
  const lines = ['# Runs', '', '| run | result | seconds |', '| --- | --- | --- |'];
  for (const { name, ok, seconds } of runs) lines.push(`| ${name} | ${ok ? 'passed' : 'FAILED'} | ${seconds} |`);
  for (const { name, ok, output } of runs) {
    if (!ok) lines.push('', `## ${name} failed`, '', FENCE, output.trim(), FENCE);
  }
  return `${lines.join('\n')}\n`;
}

/** Two long texts are shown from shortly before their first difference. */
function findDifference(before: string, after: string): number {
  if (Math.max(before.length, after.length) <= MAX_TEXT_CHARS) return 0;
  const at = before.split('').findIndex((char, index) => char !== after[index]);
  return Math.max(0, (at === -1 ? before.length : at) - SHOWN_BEFORE_CHARS);
}

function cut(text: string, from = 0): string {
  const rest = text.slice(from);
  const shown = rest.length > MAX_TEXT_CHARS ? `${rest.slice(0, MAX_TEXT_CHARS)}…` : rest;
  return from > 0 ? `…${shown}` : shown;
}
