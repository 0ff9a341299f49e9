import { describe, expect, it } from 'vitest';

import type { ToolItem } from '../../session/items.ts';
import { collectChanges } from './collect-changes.ts';

let count = 0;
/** A call that is done, unless told otherwise. */
function call(name: string, more: Partial<ToolItem>): ToolItem {
  count += 1;
  return {
    kind: 'tool',
    id: `sevt_${count}`,
    seq: count,
    at: count,
    threadId: null,
    name,
    server: null,
    plugin: null,
    input: {},
    secrets: null,
    elicitation: null,
    status: 'done',
    output: '',
    images: [],
    structured: {},
    app: null,
    endedAt: count,
    workedFrom: count,
    workedTo: count,
    approval: null,
    decision: null,
    deniedBy: null,
    cancelled: null,
    childThreadId: null,
    ...more,
  };
}

const created = (path: string, content: string) =>
  call('Write', {
    input: { file_path: path, content },
    structured: { type: 'create', filePath: `/data/workspaces/5c8d2f0e-0b1c-4a57-9d0e-6b1f3c2a7e94/${path}` },
  });
const edited = (path: string, oldStart: number, lines: string[], newStart = oldStart) =>
  call('Edit', { input: { file_path: path }, structured: { structuredPatch: [{ oldStart, newStart, lines }] } });

describe('what was changed in a session', () => {
  it('stands there by file, the last one first, with what was added and removed', () => {
    const changes = collectChanges([
      edited('a.ts', 3, [' x', '-y', '+z', '+z']),
      created('b.ts', 'one\ntwo\n'),
      edited('./a.ts', 9, ['-q', '+r']),
    ]);
    expect(
      changes.map(({ path, calls, added, removed, created: isNew }) => [path, calls, added, removed, isNew]),
    ).toEqual([
      ['a.ts', 2, 3, 2, false],
      ['b.ts', 1, 2, 0, true],
    ]);
    expect(changes[0]?.edits).toHaveLength(2);
    expect(changes[1]?.edits[0]?.hunks[0]?.lines).toEqual(['+one', '+two']);
  });

  it('leaves out what did not happen, and what only read', () => {
    const input = { file_path: 'a.ts', content: 'x' };
    expect(
      collectChanges([
        call('Write', { input, status: 'denied' }),
        call('Edit', { input, status: 'failed' }),
        call('Write', { input, status: 'asking' }),
        call('Read', { input }),
        call('Write', { input, server: 'files' }),
      ]),
    ).toEqual([]);
  });

  it('tells a new file that was edited afterwards as one difference: the file as it is', () => {
    const [change] = collectChanges([
      created('a.ts', 'one\ntwo\nthree\n'),
      edited('a.ts', 1, [' one', '-two', '+2', ' three']),
      edited('a.ts', 3, [' three', '+four']),
    ]);
    expect(change).toMatchObject({ calls: 3, added: 4, removed: 0, created: true });
    expect(change?.edits.map(({ hunks }) => hunks.map(({ lines }) => lines))).toEqual([
      [['+one', '+2', '+three', '+four']],
    ]);
  });

  it('tells every edit by itself where something else has changed the file in between', () => {
    const [change] = collectChanges([created('a.ts', 'one\n'), edited('a.ts', 1, [' of a formatter', '-two', '+2'])]);
    expect(change?.edits).toHaveLength(2);
  });
});
