import type { ToolCall } from '../conversation.ts';
import { toInputText } from '../conversation.ts';

export interface FileEdit {
  old_string: string;
  new_string: string;
}

const replacement =
  /\b(?:replace|change|rename)\s+["“`']([^"”`']+)["”`']\s+(?:with|to|by|into)\s+["“`']([^"”`']+)["”`']/i;

/**
 * A change to a text: the replacement that the request asks for, or a new line after the last line that occurs only
 * once. Undefined if the text has nothing to change.
 */
export function toEdit(content: string, words: string): FileEdit | undefined {
  const asked = replacement.exec(words);
  if (asked !== null) {
    const [, old = '', replaced = ''] = asked;
    return occursOnce(content, old) ? { old_string: old, new_string: replaced } : undefined;
  }
  const line = content.split('\n').findLast((candidate) => candidate.trim() !== '' && occursOnce(content, candidate));
  if (line === undefined) return undefined;
  const indent = /^\s*(?:[-*] )?/.exec(line)?.[0] ?? '';
  return { old_string: line, new_string: `${line}\n${indent}${toAddedLine(line)}` };
}

function occursOnce(content: string, text: string): boolean {
  return text !== '' && content.split(text).length === 2;
}

function toAddedLine(line: string): string {
  if (/[;{}]\s*$/.test(line)) return '// Edited by the offline demo model.';
  if (/^\s*(?:print|def|return|echo|#!)/.test(line)) return '# Edited by the offline demo model.';
  return 'Edited by the offline demo model.';
}

/** The change as the body of a diff. */
export function toDiff(edit: FileEdit): string {
  const mark = (sign: string, text: string) =>
    text
      .split('\n')
      .map((line) => `${sign} ${line}`)
      .join('\n');
  const isAddition = edit.new_string.startsWith(`${edit.old_string}\n`);
  if (isAddition)
    return `${mark(' ', edit.old_string)}\n${mark('+', edit.new_string.slice(edit.old_string.length + 1))}`;
  return `${mark('-', edit.old_string)}\n${mark('+', edit.new_string)}`;
}

/** The change that an Edit call makes. */
export function toFileEdit(call: ToolCall): FileEdit {
  return { old_string: toInputText(call, 'old_string'), new_string: toInputText(call, 'new_string') };
}
