import type { SessionResource } from '@claude-sdk-pattern/protocol';
import { expect, it } from 'vitest';

import { groupSessions } from './group-sessions.ts';
import { toSessionWord } from '../session/session-word.ts';

const NOW = Date.parse('2026-03-04T12:00:00');

function session(id: string, fields: Partial<SessionResource> = {}): SessionResource {
  const base = {
    id,
    status: 'idle',
    stop_reason: { type: 'end_turn' },
    archived_at: null,
    pinned_at: null,
    process: 'live',
    last_seq: 3,
    updated_at: new Date(NOW).toISOString(),
  };
  return { ...base, ...fields } as SessionResource;
}

it('puts what needs its owner first, then what runs, then what is pinned, then the rest by day', () => {
  const yesterday = new Date(NOW - 26 * 3_600_000).toISOString();
  const groups = groupSessions(
    [
      session('old', { updated_at: yesterday }),
      session('new'),
      session('kept', { pinned_at: yesterday, updated_at: yesterday }),
      session('busy', { status: 'running' }),
      session('asks', { stop_reason: { type: 'requires_action', event_ids: ['sevt_1'] } }),
      session('handed over', { stop_reason: { type: 'requires_action', event_ids: ['sevt_2'] } }),
      session('gone', { archived_at: yesterday }),
    ],
    NOW,
    new Map([['handed over', 'operators']]),
  );
  expect(groups.map((group) => [group.name, group.sessions.map((entry) => entry.id)])).toEqual([
    ['needsYou', ['asks']],
    ['running', ['busy']],
    ['pinned', ['kept']],
    ['today', ['new', 'handed over']],
    ['earlier', ['old']],
    ['archived', ['gone']],
  ]);
});

it.each([
  [{ status: 'running', process: 'starting' } as const, 'starting'],
  [{ status: 'rescheduling' } as const, 'retrying'],
  [{ stop_reason: { type: 'retries_exhausted' } } as const, 'failed'],
  [{ stop_reason: { type: 'budget_reached' } } as const, 'budget'],
  [{ process: 'none' } as const, 'asleep'],
  [{ process: 'none', last_seq: 0 } as const, 'idle'],
])('has one word for %j', (fields, word) => {
  expect(toSessionWord(session('any', fields as Partial<SessionResource>))).toBe(word);
});
