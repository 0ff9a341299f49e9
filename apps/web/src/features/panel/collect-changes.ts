import { applyPatch } from 'diff';

import type { Item, ToolItem } from '../../session/items.ts';
import { computeHunks } from '../tools/compute-hunks.ts';
import { toWorkspacePath } from '../tools/describe-tool.ts';
import { countChanges, readPatch, toDiffHunks, type Hunk } from '../tools/diff-hunks.ts';
import { readText } from '../tools/tool-values.ts';

/** One difference of a file. */
export interface FileEdit {
  /** The tool call's id; if several calls are merged into one difference, the id of the last one. */
  id: string;
  /** Empty if the changed lines are not known, as in a notebook. */
  hunks: readonly Hunk[];
}

/** The changes of one file in a session. */
export interface FileChange {
  /** The path in the workspace, or the absolute path of a file elsewhere. */
  path: string;
  /** Oldest first. A single difference if all changes can be merged into one. */
  edits: readonly FileEdit[];
  /** How many calls changed it. */
  calls: number;
  created: boolean;
  added: number;
  removed: number;
}

const NO_NAMES = {
  oldFileName: undefined,
  newFileName: undefined,
  oldHeader: undefined,
  newHeader: undefined,
};
const EDITING: ReadonlySet<string> = new Set(['Write', 'Edit', 'MultiEdit', 'NotebookEdit']);

/** The files that the agent and its subagents changed, the most recently changed first. Pure. */
export function collectChanges(items: Iterable<Item>): FileChange[] {
  const byPath = new Map<string, ToolItem[]>();
  for (const item of items) {
    if (item.kind !== 'tool' || item.server !== null || item.status !== 'done' || !EDITING.has(item.name)) continue;
    const path = pathOf(item);
    if (path === '') continue;
    const before = byPath.get(path) ?? [];
    byPath.delete(path);
    byPath.set(path, [...before, item]);
  }
  return [...byPath].map(([path, calls]) => toFileChange(path, calls)).toReversed();
}

function pathOf({ structured, input }: ToolItem): string {
  const told = readText(structured, 'filePath') || readText(input, 'file_path') || readText(input, 'notebook_path');
  return toWorkspacePath(told).replace(/^\.\//, '');
}

function toFileChange(path: string, calls: readonly ToolItem[]): FileChange {
  const created = isCreation(calls[0]);
  const whole = toOneEdit(calls);
  const edits = whole === null ? calls.map((call) => ({ id: call.id, hunks: hunksOf(call) })) : [whole];
  const counted = edits.map(({ hunks }) => countChanges(toDiffHunks(hunks)));
  return {
    path,
    edits,
    calls: calls.length,
    created,
    added: counted.reduce((sum, each) => sum + each.added, 0),
    removed: counted.reduce((sum, each) => sum + each.removed, 0),
  };
}

/**
 * Merges all changes into one difference, from before the first change to after the last. This needs the whole text,
 * which is known only after the file was written; edits report only parts. Returns null if the whole text is not known,
 * or if a change does not fit the text because a command changed the file in between.
 */
function toOneEdit(calls: readonly ToolItem[]): FileEdit | null {
  const [first, ...later] = calls;
  const last = calls.at(-1);
  if (first === undefined || last === undefined || later.length === 0 || !isCreation(first)) return null;
  let text = readText(first.input, 'content');
  for (const call of later) {
    if (call.name === 'Write') text = readText(call.input, 'content');
    else {
      const next = applyPatch(text, { ...NO_NAMES, hunks: readPatch(call.structured).map(toCounted) });
      if (next === false) return null;
      text = next;
    }
  }
  const hunks = computeHunks('', text);
  return hunks === null ? null : { id: last.id, hunks };
}

function isCreation(call: ToolItem | undefined): boolean {
  return call?.name === 'Write' && readText(call.structured, 'type') === 'create';
}

function hunksOf(call: ToolItem): readonly Hunk[] {
  const patch = readPatch(call.structured);
  if (patch.length > 0 || !isCreation(call)) return patch;
  const lines = readText(call.input, 'content').replace(/\n$/, '').split('\n');
  return [{ oldStart: 0, newStart: 1, lines: lines.map((line) => `+${line}`) }];
}

function toCounted(hunk: Hunk) {
  const count = (sign: string) => hunk.lines.filter((line) => line[0] === ' ' || line[0] === sign).length;
  return { ...hunk, lines: [...hunk.lines], oldLines: count('-'), newLines: count('+') };
}
