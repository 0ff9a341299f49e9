import fc from 'fast-check';

/**
 * One step of a client. Its numbers are drawn large and used modulo the number of choices, so that every part of a plan
 * is a valid plan.
 */
export type Act =
  /** Sends something new: a message, or an interrupt in a session without processes. */
  | { kind: 'send'; session: number }
  | { kind: 'create' }
  | { kind: 'update'; session: number }
  /** Sends an earlier frame again, from the same client or another. */
  | { kind: 'repeat'; frame: number }
  /** Sends new frames in another order than they were created, and the first one again at the end. */
  | { kind: 'reorder'; session: number; count: number }
  /** Breaks the connection without a close. */
  | { kind: 'disconnect' }
  /** Stops reading for a while although data arrives. */
  | { kind: 'freeze'; session: number; ms: number }
  /** Stops all data in both directions without a close. */
  | { kind: 'half-open'; ms: number }
  /** The client's frames arrive, but the answers do not. */
  | { kind: 'deafen'; session: number; ms: number }
  /** Detaches from a session and attaches again: at the same place, further back, or near the end. */
  | { kind: 'reattach'; session: number; back: number; tail: number | undefined };

export type Step =
  | { actor: 'client'; client: number; act: Act; gapMs: number }
  | { actor: 'server'; kind: 'kill' | 'restart'; gapMs: number };

/** The acts that count as faults, with their names in the report. */
export const FAULTS = {
  repeat: 'Frames sent again, also on other connections',
  reorder: 'Frames sent out of order',
  disconnect: 'Connections cut',
  freeze: 'Readers frozen',
  'half-open': 'Half-open connections',
  deafen: 'Connections whose answers were lost',
  reattach: 'Detached and attached elsewhere',
  'server.kill': 'Server killed (SIGKILL) and started again',
  'server.restart': 'Server stopped and started again',
} as const;

const index = fc.nat({ max: 1_000_000 });
const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 30, arbitrary: fc.record({ kind: fc.constant('send' as const), session: index }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('create' as const) }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('update' as const), session: index }) },
  { weight: 22, arbitrary: fc.record({ kind: fc.constant('repeat' as const), frame: index }) },
  {
    weight: 10,
    arbitrary: fc.record({
      kind: fc.constant('reorder' as const),
      session: index,
      count: fc.integer({ min: 2, max: 4 }),
    }),
  },
  { weight: 20, arbitrary: fc.record({ kind: fc.constant('disconnect' as const) }) },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('freeze' as const),
      session: index,
      ms: fc.integer({ min: 20, max: 800 }),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('half-open' as const), ms: fc.integer({ min: 10, max: 400 }) }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('deafen' as const),
      session: index,
      ms: fc.integer({ min: 10, max: 400 }),
    }),
  },
  {
    weight: 16,
    arbitrary: fc.record({
      kind: fc.constant('reattach' as const),
      session: index,
      back: fc.oneof(fc.constant(0), index),
      tail: fc.option(fc.nat({ max: 20 }), { nil: undefined }),
    }),
  },
);

const gapMs = fc.nat({ max: 12 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 990, arbitrary: fc.record({ actor: fc.constant('client' as const), client: index, act, gapMs }) },
  {
    weight: 12,
    arbitrary: fc.record({
      actor: fc.constant('server' as const),
      kind: fc.constantFrom('kill' as const, 'kill' as const, 'restart' as const),
      gapMs,
    }),
  },
);

/** The plans of one round, which can be shortened. */
export function planOf(steps: number): fc.Arbitrary<Step[]> {
  return fc.noBias(fc.array(step, { minLength: Math.ceil(steps * 0.9), maxLength: steps, size: 'max' }));
}
