import { expect, it } from 'vitest';

import { createScenes } from '../fixtures/scenes.ts';
import { deriveStatus } from './derive-status.ts';
import { reduceEvents } from './reduce-session.ts';
import { emptySessionView } from './session-view.ts';

const scenes = createScenes(Date.parse('2026-01-01T12:00:00Z'));

it.each([
  ['sesn_starting', 'starting'],
  ['sesn_queued', 'queued'],
  ['sesn_running', 'running'],
  ['sesn_retrying', 'retrying'],
  ['sesn_approval', 'waiting'],
  ['sesn_failed', 'failed'],
  ['sesn_stopped', 'idle'],
  ['sesn_asleep', 'asleep'],
  ['sesn_everything', 'idle'],
])('says of %s that it is %s', (id, kind) => {
  const scene = scenes.find((entry) => entry.id === id);
  expect(deriveStatus(reduceEvents(emptySessionView, scene?.events ?? [])).kind).toBe(kind);
});
