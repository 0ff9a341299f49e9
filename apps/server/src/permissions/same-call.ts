import { isDeepStrictEqual } from 'node:util';
import { resolve } from 'node:path';

import { classifyTool } from './tool-class.ts';

type Input = Readonly<Record<string, unknown>>;

/**
 * Whether the input that a tool is about to get is the one that was shown. The CLI (2.1.330) makes paths absolute, reads
 * numbers and truth values that the model wrote as text, adds defaults that are no text, and drops from its own file tools
 * what they do not know. Questions, plans and what stays inside the agent it may change as it likes: a person answers
 * those, or nobody needs to. Anything else is another call.
 */
export function isSameCall(
  shown: { toolName: string; input: Input },
  made: { input: Input; workingDir: string | undefined },
): boolean {
  const toolClass = classifyTool(shown.toolName);
  if (toolClass === 'ask' || toolClass === 'internal') return true;
  const mayDrop = toolClass === 'read' || toolClass === 'edit';
  const names = new Set([...Object.keys(shown.input), ...Object.keys(made.input)]);
  return [...names].every((name) => {
    const before = shown.input[name];
    const after = made.input[name];
    if (isDeepStrictEqual(before, after)) return true;
    if (after === undefined) return mayDrop;
    const isPlain = typeof after === 'boolean' || typeof after === 'number';
    if (before === undefined) return isPlain;
    if (typeof before !== 'string') return false;
    return isPlain ? String(after) === before.trim() : isSamePath(before, after, made.workingDir);
  });
}

function isSamePath(before: string, after: unknown, workingDir: string | undefined): boolean {
  return (
    typeof after === 'string' &&
    after.startsWith('/') &&
    resolve(workingDir ?? '/', before.trim().normalize('NFC')) === after
  );
}
