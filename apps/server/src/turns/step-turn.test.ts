import { CspError } from '@claude-sdk-pattern/protocol';
import { describe, expect, it } from 'vitest';

import type { Exit } from '../hosts/exit.ts';
import { stepTurn, type TurnEffect, type TurnInput } from './step-turn.ts';
import type { RunningTurn, Turn } from './turn.ts';
import { NO_TURN_USAGE } from './turn-usage.ts';

const running: RunningTurn = {
  ...{ state: 'running', number: 3, startedAtMs: 100, messageIds: ['sevt_1'], interruptedAtMs: undefined },
  ...{ exits: 0, lost: NO_TURN_USAGE, failed: false, lastActivityMs: 100 },
  ...{ reached: undefined, report: undefined },
};
const interrupted: RunningTurn = { ...running, interruptedAtMs: 200 };
const idle: Turn = { state: 'idle', sinceMs: 50 };
const died: Exit = { cause: 'died', code: null, signal: 'SIGKILL', afterMs: 10, stderrTail: '' };
const used = { ...NO_TURN_USAGE, costMicroUsd: 500_000 };
const gone = (exit: Exit = died): TurnInput => ({ type: 'process_gone', exit, used });
const ended = (outcome: 'completed' | 'failed', isExplained = false): TurnInput => ({
  ...{ type: 'ended', outcome, isExplained },
});
const finish = (outcome: 'completed' | 'interrupted' | 'failed', more: object = {}): TurnEffect => ({
  ...{ type: 'finish', outcome, keepMessages: false },
  ...more,
});
const full = new CspError('overloaded', 'There is no place');

describe('stepTurn', () => {
  const cases: [title: string, turn: Turn, input: TurnInput, next: Turn, effects: TurnEffect[]][] = [
    ['begins a turn', idle, { type: 'begun', turn: running }, running, []],
    [
      'counts idle time from the last sign of life',
      idle,
      { type: 'touched', atMs: 90 },
      { state: 'idle', sinceMs: 90 },
      [],
    ],
    ['remembers a sign of life', running, { type: 'touched', atMs: 90 }, { ...running, lastActivityMs: 90 }, []],
    [
      'stops a live process',
      running,
      { type: 'interrupt_asked', atMs: 200, isProcessLive: true },
      interrupted,
      [{ type: 'interrupt_process' }],
    ],
    [
      'tells a live process again',
      interrupted,
      { type: 'interrupt_asked', atMs: 300, isProcessLive: true },
      interrupted,
      [{ type: 'interrupt_process' }],
    ],
    [
      'lets a process go that is starting',
      running,
      { type: 'interrupt_asked', atMs: 200, isProcessLive: false },
      interrupted,
      [{ type: 'release_process' }],
    ],
    ['lets it go once', interrupted, { type: 'interrupt_asked', atMs: 300, isProcessLive: false }, interrupted, []],
    ['waits for a process that was told to stop', interrupted, { type: 'swept', atMs: 10_200 }, interrupted, []],
    [
      'kills one that has not stopped',
      interrupted,
      { type: 'swept', atMs: 10_201 },
      interrupted,
      [{ type: 'kill_process' }],
    ],
    ['kills none that was not told to', running, { type: 'swept', atMs: 99_999 }, running, []],
    ['completes', running, ended('completed'), running, [finish('completed')]],
    [
      'fails, and says so where nothing has',
      running,
      ended('failed'),
      running,
      [finish('failed', { error: 'unknown' })],
    ],
    ['fails without an error behind a refusal', running, ended('failed', true), running, [finish('failed')]],
    [
      'fails behind an error that was told',
      { ...running, failed: true },
      ended('completed'),
      { ...running, failed: true },
      [finish('failed')],
    ],
    [
      'forgets an error behind which an answer came',
      { ...running, failed: true },
      { type: 'failure_told', failed: false },
      running,
      [],
    ],
    ['is interrupted whatever the process says', interrupted, ended('failed'), interrupted, [finish('interrupted')]],
    ['becomes idle', running, { type: 'finished', atMs: 400 }, { state: 'idle', sinceMs: 400 }, []],
    [
      'starts a process again at once when it has died',
      running,
      gone(),
      { ...running, exits: 1, lost: used },
      [{ type: 'restart_process', afterMs: 0, exit: died }],
    ],
    [
      'waits before it starts another one',
      { ...running, exits: 1 },
      gone(),
      { ...running, exits: 2, lost: used },
      [{ type: 'restart_process', afterMs: 2000, exit: died }],
    ],
    [
      'ends as interrupted when the process went for it',
      interrupted,
      gone(),
      { ...interrupted, exits: 1, lost: used },
      [finish('interrupted', { keepMessages: true })],
    ],
    [
      'gives up where another process would not help',
      running,
      gone({ ...died, error: full }),
      { ...running, exits: 1, lost: used },
      [finish('failed', { keepMessages: true, error: full })],
    ],
  ];
  it.each(cases)('%s', (_title, turn, input, next, effects) => {
    expect(stepTurn(turn, input)).toEqual({ turn: next, effects });
  });

  it('gives up after three processes', () => {
    const { effects } = stepTurn({ ...running, exits: 2 }, gone());
    expect(effects).toMatchObject([
      { type: 'finish', outcome: 'failed', keepMessages: true, error: { code: 'process_failed' } },
    ]);
  });

  it('lets nothing but a beginning and a sign of life change an idle session', () => {
    const inputs: TurnInput[] = [
      gone(),
      ended('completed'),
      { type: 'finished', atMs: 1 },
      { type: 'swept', atMs: 99_999 },
      { type: 'failure_told', failed: true },
      { type: 'interrupt_asked', atMs: 1, isProcessLive: true },
    ];
    for (const input of inputs) expect(stepTurn(idle, input)).toEqual({ turn: idle, effects: [] });
  });
});
