import type { ElicitationContent, ElicitationField, FieldProblem } from '@claude-sdk-pattern/protocol';

import { t } from '../../messages/index.ts';

/** What a form holds while a person fills it in: texts, also of numbers. */
export type FieldValue = string | boolean | readonly string[];

export function toFirstValue({ kind, default: given }: ElicitationField): FieldValue {
  if (kind === 'boolean') return given === true;
  if (kind === 'choices') return Array.isArray(given) ? given : [];
  return typeof given === 'string' || typeof given === 'number' ? String(given) : '';
}

/** What is sent. An empty field is left out; a number that is none stays text, which the check refuses. */
export function toContent(fields: readonly ElicitationField[], values: readonly FieldValue[]): ElicitationContent {
  const content: ElicitationContent = {};
  for (const [index, { name, kind, required }] of fields.entries()) {
    const value = values[index] ?? '';
    if (value === '' || (Array.isArray(value) && value.length === 0 && !required)) continue;
    if (typeof value === 'string' && (kind === 'number' || kind === 'integer')) {
      const number = Number(value.trim());
      content[name] = value.trim() === '' || Number.isNaN(number) ? value : number;
    } else content[name] = typeof value === 'object' ? [...value] : value;
  }
  return content;
}

export function describeProblem(problem: FieldProblem): string {
  const words = t.approvals.elicitation.problems;
  if (problem.code === 'format') return words.format[problem.format];
  if (problem.code === 'too_small' || problem.code === 'too_large') return words[problem.code](problem.limit);
  return words[problem.code];
}
