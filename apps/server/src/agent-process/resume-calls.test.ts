import { expect, it } from 'vitest';

import type { TranscriptEntry } from '../store/transcripts.ts';
import { findLastCalls, omitEntries, planResumption } from './resume-calls.ts';

const use = (id: string) => ({
  type: 'tool_use',
  id,
  name: 'Bash',
  input: { command: id },
  caller: { type: 'direct' },
});
const user = (uuid: string, parentUuid: string | null, content: unknown = 'go'): TranscriptEntry => ({
  ...{ type: 'user', uuid, parentUuid, isSidechain: false, message: { role: 'user', content } },
});
const said = (uuid: string, parentUuid: string, [id, block]: [id: string, block: object]): TranscriptEntry => ({
  ...{ type: 'assistant', uuid, parentUuid, isSidechain: false },
  message: { role: 'assistant', id, content: [block] },
});
const done = (uuid: string, parentUuid: string, id: string) =>
  user(uuid, parentUuid, [{ type: 'tool_result', tool_use_id: id, content: 'ok' }]);
const note: TranscriptEntry = { type: 'attachment', uuid: 'note', parentUuid: 'go' };
const thinking = { type: 'thinking', thinking: 'Hm', signature: 'abc' };

const whole = [
  user('go', null),
  note,
  said('think', 'note', ['msg_1', thinking]),
  said('text', 'think', ['msg_1', { type: 'text', text: 'I will.', citations: null }]),
  said('a', 'text', ['msg_1', use('toolu_a')]),
  said('b', 'a', ['msg_1', use('toolu_b')]),
];
const both = new Set(['toolu_a', 'toolu_b']);

it('cuts behind the words before the message, and has all of it said again', () => {
  const plan = planResumption(whole, both);
  expect([...(plan?.omitted ?? [])]).toEqual(['note', 'think', 'text', 'a', 'b']);
  expect(plan?.message.content).toEqual([
    thinking,
    { type: 'text', text: 'I will.' },
    { type: 'tool_use', id: 'toolu_a', name: 'Bash', input: { command: 'toolu_a' } },
    { type: 'tool_use', id: 'toolu_b', name: 'Bash', input: { command: 'toolu_b' } },
  ]);
});

it('takes a result of a call that waits for what a dying process wrote', () => {
  const plan = planResumption([...whole, done('late', 'b', 'toolu_b')], both);
  expect(plan?.omitted).toContain('late');
});

it('keeps what has run beside a call that waits, and has only that call said again', () => {
  const entries = [...whole, done('done', 'b', 'toolu_b')];
  const plan = planResumption(entries, new Set(['toolu_a']));
  expect([...(plan?.omitted ?? [])]).toEqual(['a']);
  expect(plan?.message.content.map(({ type }) => type)).toEqual(['thinking', 'tool_use']);
  expect(omitEntries(entries, plan?.omitted).map(({ uuid, parentUuid }) => [uuid, parentUuid])).toEqual([
    ['go', null],
    ['note', 'go'],
    ['think', 'note'],
    ['text', 'think'],
    ['b', 'text'],
    ['done', 'b'],
  ]);
});

it('has no plan for a call that the transcript lacks, or whose message cannot be said again', () => {
  expect(planResumption(whole, new Set(['toolu_c']))).toBeUndefined();
  const strange = said('x', 'think', ['msg_1', { type: 'server_tool_use', id: 'srvtoolu_1' }]);
  expect(planResumption([...whole, strange], both)).toBeUndefined();
});

it('has a message said a third time without what came of it before', () => {
  const again = [
    ...[
      said('text2', 'go', ['msg_2', { type: 'text', text: 'I will.' }]),
      said('a2', 'text2', ['msg_2', use('toolu_a')]),
    ],
    ...[said('b2', 'a2', ['msg_2', use('toolu_b')]), done('done2', 'b2', 'toolu_a')],
  ];
  const entries = [...whole, done('done', 'b', 'toolu_a'), ...again];
  expect([...findLastCalls(entries)]).toEqual(['toolu_a', 'toolu_b']);
  const plan = planResumption(entries, both);
  expect(omitEntries(entries, plan?.omitted).map(({ uuid }) => uuid)).toEqual(['go']);
  expect(plan?.message.content.map(({ type }) => type)).toEqual(['text', 'tool_use', 'tool_use']);
});

it('leaves out calls that were made again later', () => {
  const again = [said('a2', 'go', ['msg_2', use('toolu_a')]), said('b2', 'a2', ['msg_2', use('toolu_b')])];
  expect(omitEntries([...whole, ...again]).map(({ uuid }) => uuid)).toEqual([
    'go',
    'note',
    'think',
    'text',
    'a2',
    'b2',
  ]);
});

it('shows a process that takes up calls the hidden words before them, with which the CLI would not go on', () => {
  const hidden = { ...user('again', 'b', 'Continue'), isMeta: true };
  const entries = [...whole, hidden, said('c', 'again', ['msg_2', use('toolu_c')])];
  const plan = planResumption(entries, new Set(['toolu_c']));
  expect(omitEntries(entries, plan?.omitted).at(-1)).toEqual({ ...hidden, isMeta: false });
  expect(omitEntries(entries).at(-2)).toBe(hidden);
});
