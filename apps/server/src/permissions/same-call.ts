import { isDeepStrictEqual } from 'node:util';
import { resolve } from 'node:path';

import { classifyTool } from './tool-class.ts';

type Input = Readonly<Record<string, unknown>>;

/**
 * Whether the input that a tool is about to get is the one that was shown. The CLI (2.1.330) makes paths absolute,
 * parses numbers and booleans that the model wrote as text, adds defaults that are not text, and drops fields that its
 * own file tools do not know: such a call is the same. The CLI may change the input of questions, plans and internal
 * tools in any way: a person answers those calls, or they need no approval.
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
