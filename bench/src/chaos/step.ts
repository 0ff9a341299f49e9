import fc from 'fast-check';

/** What one client does. Numbers are drawn large and taken modulo what there is, so that any part of a plan is a plan. */
export type Act =
  /** Something new into a session: a message, or an interrupt where no process is wanted. */
  | { kind: 'send'; session: number }
  | { kind: 'create' }
  | { kind: 'update'; session: number }
  /** A frame that was sent before, once more: by another client or by the same. */
  | { kind: 'repeat'; frame: number }
  /** New frames in another order than they were made, the first of them again at the end. */
  | { kind: 'reorder'; session: number; count: number }
  /** The connection breaks without a word. */
  | { kind: 'disconnect' }
  /** Nothing is read for a while, though more comes. */
  | { kind: 'freeze'; session: number; ms: number }
  /** Nothing passes in either direction, and nobody is told. */
  | { kind: 'half-open'; ms: number }
  /** What the client says arrives, what it is answered does not. */
  | { kind: 'deafen'; session: number; ms: number }
  /** Leaves a session and comes back, to where it was or further back, or near the end. */
  | { kind: 'reattach'; session: number; back: number; tail: number | undefined };

export type Step =
  | { actor: 'client'; client: number; act: Act; gapMs: number }
  | { actor: 'server'; kind: 'kill' | 'restart'; gapMs: number };

/** Which acts count as faults, and what the report calls them. */
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

/** Plans of one round, which shrink to shorter ones. */
export function planOf(steps: number): fc.Arbitrary<Step[]> {
  return fc.noBias(fc.array(step, { minLength: Math.ceil(steps * 0.9), maxLength: steps, size: 'max' }));
}
