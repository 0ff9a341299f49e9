import type { SDKMessage, SessionStoreEntry } from '@anthropic-ai/claude-agent-sdk';
import { describe, expect, it } from 'vitest';

import { toMissingEntries, toSaidMessage, type SaidMessage } from './complete-transcript.ts';

const FIRST = { cwd: '/work', sessionId: 'session' };
const NOW = '2026-02-01T12:00:00.000Z';
const stored = (uuid: string, rest: Partial<SessionStoreEntry> = {}): SessionStoreEntry => ({
  type: 'user',
  uuid,
  isSidechain: false,
  cwd: '/work',
  version: '2.1.330',
  ...rest,
});
const sent = (uuid: string): SaidMessage => ({ type: 'user', uuid, message: { role: 'user', content: 'hi' } });
const toSaid = (message: object): SaidMessage => {
  const said = toSaidMessage({ parent_tool_use_id: null, session_id: 's', ...message } as SDKMessage);
  if (said === undefined) throw new Error('not said');
  return said;
};
const call = (uuid: string, id: string) =>
  toSaid({
    type: 'assistant',
    uuid,
    message: { id: 'msg_1', role: 'assistant', content: [{ type: 'tool_use', id, name: 'Bash' }] },
  });
const result = (uuid: string, id: string) =>
  toSaid({ type: 'user', uuid, message: { role: 'user', content: [{ type: 'tool_result', tool_use_id: id }] } });
/** What the store has, as the function is told. */
const toKnown = (entries: SessionStoreEntry[]) => ({
  known: new Set(entries.flatMap(({ uuid }) => (uuid === undefined ? [] : [uuid]))),
  last: entries.findLast((entry) => entry['isSidechain'] === false),
});
const toChain = (entries: SessionStoreEntry[]) => entries.map(({ uuid, parentUuid }) => [uuid, parentUuid]);

describe('what a transcript lacks', () => {
  it('is added behind its last entry, with the fields that all have in common', () => {
    const missing = toMissingEntries(toKnown([stored('a'), { type: 'mode' }]), [sent('a'), call('b', 'toolu_1')], {
      now: NOW,
      first: FIRST,
    });
    expect(missing).toMatchObject([
      { type: 'assistant', uuid: 'b', parentUuid: 'a', cwd: '/work', version: '2.1.330', timestamp: NOW },
    ]);
  });

  it('hangs the results of parallel calls on their calls', () => {
    const said = [call('b', 'toolu_1'), call('c', 'toolu_2'), result('d', 'toolu_1'), result('e', 'toolu_2')];
    expect(toChain(toMissingEntries(toKnown([stored('a')]), said, { now: NOW, first: FIRST }))).toEqual([
      ['b', 'a'],
      ['c', 'b'],
      ['d', 'b'],
      ['e', 'c'],
    ]);
    expect(
      toChain(toMissingEntries(toKnown([stored('a'), stored('b'), stored('c')]), said, { now: NOW, first: FIRST })),
    ).toEqual([
      ['d', 'b'],
      ['e', 'c'],
    ]);
  });

  it('is a message that was answered, not one that may never have arrived', () => {
    expect(toMissingEntries(toKnown([stored('a')]), [sent('b')], { now: NOW, first: FIRST })).toEqual([]);
    const said = [sent('b'), call('c', 'toolu_1'), sent('d')];
    expect(toChain(toMissingEntries(toKnown([stored('a')]), said, { now: NOW, first: FIRST }))).toEqual([
      ['b', 'a'],
      ['c', 'b'],
    ]);
  });

  it('does not begin on an entry of a subagent', () => {
    const entries = [stored('a'), stored('s', { isSidechain: true })];
    expect(toChain(toMissingEntries(toKnown(entries), [call('b', 'toolu_1')], { now: NOW, first: FIRST }))).toEqual([
      ['b', 'a'],
    ]);
  });

  it('begins the transcript where nothing was written yet', () => {
    const missing = toMissingEntries(toKnown([]), [sent('a'), call('b', 'toolu_1')], { now: NOW, first: FIRST });
    expect(missing).toMatchObject([
      { uuid: 'a', parentUuid: null, ...FIRST },
      { uuid: 'b', parentUuid: 'a', ...FIRST },
    ]);
    expect(toMissingEntries(toKnown([]), [sent('a')], { now: NOW, first: FIRST })).toEqual([]);
  });
});
