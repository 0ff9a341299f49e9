import { describe, expect, it } from 'vitest';

import { createRecorder, type Recorder } from '../fixtures/recorder.ts';
import { buildRows } from './build-rows.ts';
import { readFoldedServers } from './fold-notices.ts';
import { reduceEvents } from './reduce-session.ts';
import { emptySessionView } from './session-view.ts';

function rowsOf(write: (recorder: Recorder) => void) {
  const recorder = createRecorder(1_700_000_000_000);
  recorder.startTurn([recorder.user('Go')]);
  write(recorder);
  return buildRows(reduceEvents(emptySessionView, recorder.events));
}

describe('rows', () => {
  it('say once that a budget has stopped the session, however many messages wait for it', () => {
    const retry_status = { type: 'terminal' } as const;
    const error = {
      type: 'billing_error',
      message: 'The budget is used up',
      retry_status,
      ...{ budget_id: 'a' },
    } as const;
    const rows = rowsOf((r) => {
      r.add({ type: 'session.error', error });
      r.add({ type: 'session.error', error });
      r.add({ type: 'session.error', error: { ...error, message: 'Another budget is used up' } });
    });
    expect(rows.filter(({ kind }) => kind === 'error')).toMatchObject([
      { item: { errorType: 'budget_reached', message: 'The budget is used up' } },
      { item: { message: 'Another budget is used up' } },
    ]);
  });

  it('fold consecutive tools, and the thinking between them, into one', () => {
    const rows = rowsOf((r) => {
      r.tool('Read', { file_path: 'a' }, { text: 'A' });
      r.think('Hm', 100);
      r.tool('Bash', { command: 'b' }, { text: 'B' });
      r.say('Done');
    });
    expect(rows.map((row) => row.kind)).toEqual(['user', 'work', 'text']);
  });

  it('leave a subagent on its own', () => {
    const rows = rowsOf((r) => {
      r.tool('Read', { file_path: 'a' }, { text: 'A' });
      r.tool('Agent', { prompt: 'Look' }, { text: 'Done' });
      r.tool('Read', { file_path: 'b' }, { text: 'B' });
    });
    expect(rows.map((row) => row.kind)).toEqual(['user', 'work', 'work', 'work']);
  });

  it('cut a long answer into several, so that it is windowed', () => {
    const rows = rowsOf((r) => r.say(Array.from({ length: 400 }, (_, line) => `Line ${line}`).join('\n\n')));
    const texts = rows.filter((row) => row.kind === 'text');
    expect(texts.length).toBeGreaterThan(5);
    expect(texts.filter((row) => row.last)).toHaveLength(1);
    expect(new Set(rows.map((row) => row.key)).size).toBe(rows.length);
  });

  it('end with the messages that wait', () => {
    const rows = rowsOf((r) => {
      r.user('And then?');
      r.say('First the first');
    });
    expect(rows.map((row) => row.kind)).toEqual(['user', 'text', 'waiting']);
  });

  it('tell of MCP servers that are missing in one line, which those that answer later change', () => {
    const rows = rowsOf((r) => {
      const tell = (text: string) => r.add({ type: 'session.notice', level: 'info', text });
      const miss = (name: string) => tell(`The MCP server ${name} has not answered yet. Its tools are missing.`);
      const reach = (name: string) => tell(`The MCP server ${name} can be reached now, and its tools are available.`);
      ['a', 'b', 'c'].forEach(miss);
      tell('Something else.');
      reach('b');
      r.tool('Read', { file_path: 'a' }, { text: 'A' });
      reach('a');
      r.tool('Read', { file_path: 'b' }, { text: 'B' });
      ['d', 'e'].forEach(reach);
    });
    expect(rows.map((row) => row.kind)).toEqual(['user', 'notice', 'notice', 'work', 'notice']);
    const told = rows.flatMap((row) => (row.kind === 'notice' ? [readFoldedServers(row.items)] : []));
    expect(told).toEqual([{ missing: ['c'], there: ['a', 'b'] }, null, { missing: [], there: ['d', 'e'] }]);
  });
});
