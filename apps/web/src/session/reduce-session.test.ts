import type { BackgroundTask } from '@claude-sdk-pattern/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { createRecorder, type Recorder } from '../fixtures/recorder.ts';
import { createScenes } from '../fixtures/scenes.ts';
import { buildRows } from './build-rows.ts';
import { deriveStatus } from './derive-status.ts';
import type { ToolItem } from './items.ts';
import { reduceEvents, reduceSession, type SessionInput } from './reduce-session.ts';
import { emptySessionView, type SessionView } from './session-view.ts';

function fold(write: (recorder: Recorder) => void): SessionView {
  const recorder = createRecorder(1_700_000_000_000);
  write(recorder);
  return reduceEvents(emptySessionView, recorder.events);
}

function toolOf(view: SessionView, id: string): ToolItem {
  const item = view.items.get(id);
  if (item?.kind !== 'tool') throw new Error(`No tool ${id}`);
  return item;
}

describe('messages', () => {
  it('wait until a turn names them', () => {
    let id = '';
    const before = fold((r) => (id = r.user('Hi')));
    expect(before.waitingIds).toEqual([id]);
    expect(before.turns).toEqual([]);

    const after = fold((r) => r.startTurn([r.user('Hi')]));
    expect(after.waitingIds).toEqual([]);
    expect(after.turns[0]?.itemIds).toEqual([id]);
  });

  it('are gone when they are withdrawn', () => {
    const view = fold((r) => r.add({ type: 'session.message_withdrawn', message_id: r.user('Never mind') }));
    expect(view.waitingIds).toEqual([]);
    expect(view.items.size).toBe(0);
  });

  it('sent during a turn wait, while the turn goes on', () => {
    const view = fold((r) => {
      r.startTurn([r.user('First')]);
      r.user('Second');
      r.say('Answer to the first');
    });
    expect(view.waitingIds).toHaveLength(1);
    expect(view.turns).toHaveLength(1);
    expect(view.turns[0]?.itemIds).toHaveLength(2);
  });
});

describe('tool calls', () => {
  it('hide in their result the secret that their input hides', () => {
    let id = '';
    const view = fold((r) => {
      r.startTurn([r.user('Go')]);
      const secrets = [{ kind: 'GitHub token', path: ['content'], start: 4, end: 12 }];
      const call = { name: 'Write', input: { content: 'KEY=abcdefgh' }, secrets, evaluated_permission: 'ask' } as const;
      id = r.add({ type: 'agent.tool_use', ...call });
      const result = {
        content: [{ type: 'text' as const, text: 'abcdefgh' }],
        structured: { content: 'KEY=abcdefgh' },
      };
      r.add({ type: 'agent.tool_result', tool_use_id: id, ...result });
    });
    expect(toolOf(view, id)).toMatchObject({
      ...{ output: '[hidden: GitHub token]', structured: { content: 'KEY=[hidden: GitHub token]' } },
      secrets: { original: { content: 'KEY=abcdefgh' } },
    });
  });

  it('take their result by the id of the call, in any order', () => {
    let first = '';
    let second = '';
    const view = fold((r) => {
      r.startTurn([r.user('Go')]);
      first = r.tool('Bash', { command: 'a' }, null);
      second = r.tool('Bash', { command: 'b' }, null);
      r.add({ type: 'agent.tool_result', tool_use_id: second, content: [{ type: 'text', text: 'B' }] });
      r.add({ type: 'agent.tool_result', tool_use_id: first, content: [{ type: 'text', text: 'A' }], is_error: true });
    });
    expect(toolOf(view, first)).toMatchObject({ output: 'A', status: 'failed' });
    expect(toolOf(view, second)).toMatchObject({ output: 'B', status: 'done' });
    expect(view.openToolIds).toEqual([]);
  });

  it('without a result are stopped when the session falls idle', () => {
    let id = '';
    const view = fold((r) => {
      r.startTurn([r.user('Go')]);
      id = r.tool('Bash', { command: 'sleep 100' }, null);
      r.endTurn();
    });
    expect(toolOf(view, id).status).toBe('stopped');
  });

  it('that were never made are told from those that failed, without the words that are meant for the model', () => {
    const ids: string[] = [];
    const view = fold((r) => {
      r.startTurn([r.user('Go')]);
      const asked = r.ask('Bash', { command: 'a' }, { title: 'Run a command' });
      const behind = r.tool('Bash', { command: 'b' }, null);
      const cut = r.tool('Bash', { command: 'c' }, null);
      ids.push(asked, behind, cut);
      r.wait([asked]);
      r.add({ type: 'session.approval_cancelled', event_id: asked, reason: 'interrupted' });
      for (const [tool_use_id, text] of [
        [asked, 'The turn was interrupted'],
        [behind, "The user doesn't want to proceed with this tool use. STOP."],
        [cut, '[Request interrupted by user for tool use]'],
      ] as const) {
        r.add({ type: 'agent.tool_result', tool_use_id, content: [{ type: 'text', text }], is_error: true });
      }
      r.endTurn();
    });
    expect(ids.map((id) => toolOf(view, id).status)).toEqual(['notRun', 'notRun', 'stopped']);
    expect(ids.map((id) => toolOf(view, id).output)).toEqual([null, null, null]);
  });

  it('that ran are stopped, not "not run", whatever Claude Code tells the model of them', () => {
    const ids: string[] = [];
    const view = fold((r) => {
      r.startTurn([r.user('Go')]);
      const asked = r.ask('Bash', { command: 'touch a; sleep 40' }, { title: 'Run a command' });
      r.wait([asked]);
      r.add({ type: 'user.tool_confirmation', tool_use_id: asked, result: 'allow', scope: 'once' });
      const byRule = r.tool('Bash', { command: 'touch b; sleep 40' }, null);
      ids.push(asked, byRule);
      for (const tool_use_id of ids) {
        const text = "The user doesn't want to proceed with this tool use. STOP.";
        r.add({ type: 'agent.tool_result', tool_use_id, content: [{ type: 'text', text }], is_error: true });
      }
      r.endTurn();
    });
    expect(ids.map((id) => toolOf(view, id).status)).toEqual(['stopped', 'stopped']);
  });

  it('of a subagent stand in its thread, linked to the call that started it', () => {
    let agent = '';
    const view = fold((r) => {
      r.startTurn([r.user('Go')]);
      agent = r.tool('Agent', { prompt: 'Look' }, null);
      r.add({
        type: 'session.thread_created',
        session_thread_id: 'thrd_1',
        agent_name: 'Explore',
        workflow_run_id: null,
        tool_use_id: agent,
      });
      r.tool('Read', { file_path: 'a' }, { text: 'x' }, 'thrd_1');
    });
    expect(toolOf(view, agent).childThreadId).toBe('thrd_1');
    expect(view.threads.get('thrd_1')?.itemIds).toHaveLength(1);
    expect(view.turns[0]?.itemIds).toHaveLength(2);
  });
});

describe('approvals', () => {
  const asking = (r: Recorder) => {
    r.startTurn([r.user('Go')]);
    const ids = [
      r.ask('Bash', { command: 'rm a' }, { title: 'Run a command', rule: 'Bash(rm:*)' }),
      r.ask('Bash', { command: 'rm b' }, { title: 'Run a command' }),
    ];
    r.wait(ids);
    return ids;
  };

  it('are pending in the order they were asked, with what a person needs to know', () => {
    let ids: string[] = [];
    const view = fold((r) => (ids = asking(r)));
    expect(view.pendingIds).toEqual(ids);
    expect(toolOf(view, ids[0] ?? '')).toMatchObject({
      status: 'asking',
      approval: { title: 'Run a command', rule: { rule: 'Bash(rm:*)' } },
    });
  });

  it('are pending no longer once answered, whoever answered', () => {
    let ids: string[] = [];
    const view = fold((r) => {
      ids = asking(r);
      r.add({
        type: 'user.tool_confirmation',
        tool_use_id: ids[0] ?? '',
        result: 'deny',
        deny_message: 'No',
        actor: { id: 'user_2', name: 'Grace' },
      });
    });
    expect(view.pendingIds).toEqual([ids[1]]);
    expect(toolOf(view, ids[0] ?? '')).toMatchObject({
      status: 'denied',
      decision: { message: 'No', actor: { name: 'Grace' } },
    });
  });

  it('answered before the idle event do not come back with it', () => {
    let id = '';
    const view = fold((r) => {
      r.startTurn([r.user('Go')]);
      id = r.ask('Bash', { command: 'rm a' }, { title: 'Run a command' });
      r.add({ type: 'user.tool_confirmation', tool_use_id: id, result: 'allow' });
      r.wait([id]);
    });
    expect(view.pendingIds).toEqual([]);
  });

  it('that were cancelled cannot be answered', () => {
    const view = fold((r) => {
      const ids = asking(r);
      for (const event_id of ids) r.add({ type: 'session.approval_cancelled', event_id, reason: 'interrupted' });
    });
    expect(view.pendingIds).toEqual([]);
  });
});

describe('times and counts', () => {
  it('leave out how long the turn waited for a person', () => {
    let id = '';
    const recorder = createRecorder(1_700_000_000_000);
    recorder.startTurn([recorder.user('Go')]);
    id = recorder.ask('Bash', { command: 'a' }, { title: 'Run a command' });
    recorder.wait([id]);
    recorder.add({ type: 'user.tool_confirmation', tool_use_id: id, result: 'allow' }, 60_000);
    const working = reduceEvents(emptySessionView, recorder.events);
    expect(working.waitedMs).toBe(60_000);
    recorder.add({ type: 'agent.tool_result', tool_use_id: id, content: [] }, 400);
    recorder.endTurn();
    const view = reduceEvents(emptySessionView, recorder.events);
    const tool = toolOf(view, id);
    expect((tool.workedTo ?? 0) - tool.workedFrom).toBe((tool.endedAt ?? 0) - tool.at - 60_000);
    expect(view.turns[0]?.summary?.durationMs).toBeLessThan(60_000);
  });

  it('hold the calls without a price, and what Claude Code counted itself', () => {
    const view = fold((r) => {
      r.startTurn([r.user('Go')]);
      r.add({
        ...{ type: 'session.turn_completed', turn: 1, outcome: 'completed', duration_ms: 1, changed_files: [] },
        ...{ cost_usd: 0.1, unpriced_requests: 2, reported_cost_usd: 0.3, input_tokens: 1, output_tokens: 1 },
      });
    });
    expect(view.turns[0]?.summary).toMatchObject({ costUsd: 0.1, unpriced: 2, reportedCostUsd: 0.3 });
  });

  it('hold the tokens of the prompt cache, and begin anew in a fork', () => {
    const view = fold((r) => {
      r.startTurn([r.user('Go')]);
      r.add({
        type: 'session.usage',
        usage: { input_tokens: 5, output_tokens: 4, cache_read_input_tokens: 1000 },
        cost_usd: 0.1,
        cache_creation_input_tokens: 200,
      });
    });
    expect(view.tokens).toBe(1209);
    const forked = fold((r) => {
      r.add({ type: 'session.usage', usage: { input_tokens: 5, output_tokens: 4 }, cost_usd: 0.1 });
      r.add({ type: 'session.usage', usage: { input_tokens: 0, output_tokens: 0 }, cost_usd: 0 });
    });
    expect([forked.tokens, forked.costUsd]).toEqual([0, 0]);
  });
});

it.each([
  ['deny', 0],
  ['allow', 1],
] as const)('after a plan is answered with %s, %i of its to-dos are left', (result, left) => {
  const view = fold((r) => {
    r.startTurn([r.user('Plan it')]);
    r.add({ type: 'session.todos_updated', todos: [{ content: 'First step', status: 'pending' }] });
    const plan = r.ask('ExitPlanMode', { plan: 'First step' }, { title: 'Plan' });
    r.add({ type: 'user.tool_confirmation', tool_use_id: plan, result });
  });
  expect(view.todos).toHaveLength(left);
});

describe('previews', () => {
  const start: SessionInput = {
    type: 'preview',
    at: 1,
    event: { type: 'event_start', event: { type: 'agent.message', id: 'm1' } },
  };
  const delta = (text: string): SessionInput => ({
    type: 'preview',
    at: 2,
    event: { type: 'event_delta', event_id: 'm1', delta: { type: 'content_delta', content: { type: 'text', text } } },
  });

  it('grow by their deltas and end with the event of the same id', () => {
    const live = reduceSession(emptySessionView, [start, delta('Hel'), delta('lo')]);
    expect(live.previews.get('m1')?.text).toBe('Hello');
    const done = reduceSession(live, [
      {
        type: 'event',
        event: {
          type: 'agent.message',
          id: 'm1',
          seq: 1,
          processed_at: '2026-01-01T00:00:00Z',
          content: [{ type: 'text', text: 'Hello!' }],
        },
      },
    ]);
    expect(done.previews.size).toBe(0);
    expect(done.items.get('m1')).toMatchObject({ kind: 'text', text: 'Hello!' });
  });

  it('begin anew when the server starts them again after a reconnect', () => {
    const view = reduceSession(emptySessionView, [start, delta('Hel'), { type: 'attached' }, start, delta('Hello')]);
    expect(view.previews.get('m1')?.text).toBe('Hello');
  });

  it('stay as they were read, no longer growing, until the server sends them anew or the agent goes on without them', () => {
    const lost = reduceSession(emptySessionView, [start, delta('Hel'), { type: 'attached' }]);
    expect(lost.previews.get('m1')).toMatchObject({ text: 'Hel', orphaned: true });
    const message = { type: 'agent.message', id: 'm2', seq: 1, processed_at: null, content: [] } as const;
    expect(reduceSession(lost, [{ type: 'event', event: message as never }]).previews.size).toBe(0);
    const other = structuredClone(start);
    if (other.type === 'preview' && other.event.type === 'event_start') other.event.event.id = 'm2';
    expect([...reduceSession(lost, [other]).previews.keys()]).toEqual(['m2']);
  });

  it('become text that is cut off, with a remark, when the process that wrote them died', () => {
    const restarting = {
      type: 'session.process_restarting',
      id: 'r1',
      seq: 1,
      processed_at: '2026-01-01T00:00:00Z',
      reason: 'The server was restarted',
    } as const;
    const event: SessionInput = { type: 'event', event: restarting };
    for (const lost of [
      [start, delta('Hel')],
      [start, delta('Hel'), { type: 'attached' } as const],
    ]) {
      const view = reduceSession(emptySessionView, [...lost, event]);
      expect(view.items.get('m1')).toMatchObject({ kind: 'text', text: 'Hel', streaming: false, cutOff: true });
      expect(view.items.get('r1')).toMatchObject({ kind: 'restarted', reason: 'The server was restarted' });
      expect(view.turns.at(-1)?.itemIds).toEqual(['m1', 'r1']);
      expect(view.previews.size).toBe(0);
    }
  });

  it('of an event that is already there are ignored', () => {
    const done = reduceSession(emptySessionView, [
      {
        type: 'event',
        event: {
          type: 'agent.message',
          id: 'm1',
          seq: 1,
          processed_at: '2026-01-01T00:00:00Z',
          content: [{ type: 'text', text: 'Hello!' }],
        },
      },
      start,
    ]);
    expect(done.previews.size).toBe(0);
  });
});

it('keeps the identity of turns that did not change', () => {
  const recorder = createRecorder(1_700_000_000_000);
  recorder.startTurn([recorder.user('One')]);
  recorder.endTurn();
  const before = reduceEvents(emptySessionView, recorder.events);
  recorder.startTurn([recorder.user('Two')]);
  recorder.say('…');
  const after = reduceEvents(before, recorder.events);
  expect(after.turns[0]).toBe(before.turns[0]);
  expect(after.turns).toHaveLength(2);
});

it('never changes a view that it was given', () => {
  const recorder = createRecorder(1_700_000_000_000);
  recorder.startTurn([recorder.user('One')]);
  const before = reduceEvents(emptySessionView, recorder.events);
  const copy = structuredClone(before);
  recorder.tool('Bash', { command: 'a' }, { text: 'A' });
  reduceEvents(before, recorder.events);
  expect(before).toEqual(copy);
});

it('does not go on preparing when a start came to nothing', () => {
  const view = fold((r) => {
    r.startTurn([r.user('Hi')]);
    r.add({ type: 'session.process_starting' });
    r.add({
      type: 'session.error',
      error: { type: 'unknown_error', message: 'It did not start.', retry_status: { type: 'exhausted' } },
    });
    r.add({ type: 'session.status_idle', stop_reason: { type: 'retries_exhausted' }, stop_details: null });
  });
  expect(deriveStatus(view)).toEqual({ kind: 'failed', reason: 'It did not start.' });
});

it('moves on over events that it does not know', () => {
  const unknown = { type: 'session.from_the_future', id: 'x', seq: 7, processed_at: '2026-01-01T00:00:00Z' };
  const view = reduceEvents(emptySessionView, [unknown as never]);
  expect(view.lastSeq).toBe(7);
});

it('gives the same view however the events are cut into batches, also when a reconnect replays some of them', () => {
  const scenes = createScenes(1_700_000_000_000).filter((scene) => scene.id !== 'sesn_long');
  fc.assert(
    fc.property(
      fc.constantFrom(...scenes),
      fc.array(fc.record({ size: fc.integer({ min: 1, max: 9 }), replays: fc.integer({ min: 0, max: 12 }) }), {
        minLength: 1,
        maxLength: 60,
      }),
      (scene, cuts) => {
        const whole = reduceEvents(emptySessionView, scene.events);
        let view = emptySessionView;
        let at = 0;
        for (let step = 0; at < scene.events.length; step += 1) {
          const cut = cuts[step % cuts.length] ?? { size: 1, replays: 0 };
          const from = Math.max(0, at - cut.replays);
          view = reduceEvents(view, scene.events.slice(from, at + cut.size));
          at += cut.size;
        }
        expect(view).toEqual(whole);
      },
    ),
    { numRuns: 200 },
  );
});

describe('the place in the queue', () => {
  const at = 1_700_000_005_000;
  const preview = (position: number): SessionInput => ({
    type: 'preview',
    event: { type: 'queue_position', position },
    at,
  });

  it('follows previews, which are not stored, and keeps the time since when the session waits', () => {
    const queued = fold((r) => r.add({ type: 'session.process_queued', position: 5 }));
    const since = queued.process.state === 'queued' ? queued.process.since : undefined;
    const view = reduceSession(queued, [preview(4), preview(3)]);
    expect(view.process).toEqual({ state: 'queued', position: 3, since });
    expect(deriveStatus(view)).toMatchObject({ kind: 'queued', position: 3 });
  });

  it('is told by a preview alone to whoever has not read the beginning', () => {
    const view = reduceSession(emptySessionView, [preview(2)]);
    expect(view.process).toEqual({ state: 'queued', position: 2, since: at });
  });
});

describe('a turn about tasks that have ended', () => {
  const task: BackgroundTask = {
    ...{ task_id: 'b1', kind: 'command', description: 'Build', command: 'make', event_id: null, status: 'failed' },
    ...{ started_at: '2026-01-01T00:00:00.000Z', ended_at: '2026-01-01T00:01:00.000Z', exit_code: 3 },
  };
  const cause = { type: 'background_tasks' as const, task_ids: ['b1'] };
  const noticesOf = (view: SessionView) =>
    [...view.items.values()].flatMap((item) => (item.kind === 'notice' ? [item.text] : []));
  const reportsOf = (view: SessionView) =>
    [...view.items.values()].flatMap((item) => (item.kind === 'report' ? [item.tasks] : []));
  const end = (r: Recorder) => r.add({ type: 'session.background_tasks_updated', tasks: [task] });
  const tellTurn = (r: Recorder) => r.add({ type: 'session.turn_started', turn: 2, message_ids: [], cause });

  it('begins with what it is about, where the task ended in the middle of another answer', () => {
    const view = fold((r) => {
      r.startTurn([r.user('Build it')]);
      end(r);
      r.say('It builds.');
      r.endTurn();
      tellTurn(r);
      r.say('It failed.');
    });
    expect(noticesOf(view)).toEqual(['In the background: “Build” failed with exit code 3.']);
    expect(view.turns.map(({ itemIds }) => itemIds.length)).toEqual([3, 2]);
    expect(reportsOf(view)).toEqual([[task]]);
  });

  it('says it in the place of the line at the end of the turn before', () => {
    const view = fold((r) => {
      r.startTurn([r.user('Build it')]);
      r.endTurn();
      end(r);
      tellTurn(r);
      r.say('It failed.');
    });
    expect(noticesOf(view)).toEqual([]);
    expect(view.turns.map(({ itemIds }) => itemIds.length)).toEqual([1, 2]);
    expect(buildRows(view).map(({ kind }) => kind)).toEqual(['user', 'turn-end', 'report', 'text']);
  });
});
