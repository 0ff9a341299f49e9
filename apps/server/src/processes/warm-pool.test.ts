import { EventEmitter, once } from 'node:events';

import { pino } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';

import type { AgentProcess } from '../agent-process/agent-process.ts';
import { NEVER_STARTED, type Exit } from '../hosts/exit.ts';
import { toSessionDirs } from '../workspaces/session-dirs.ts';
import { WarmPool, type Spare } from './warm-pool.ts';

// What the pool decides, without processes: those are in apps/server/test/warm-pool.test.ts.
const log = new EventEmitter();
let pool: WarmPool;

afterEach(async () => pool.close());

function openPool(options: {
  targets: Map<string, number>;
  fail?: () => boolean;
  mayStart?: () => boolean;
  maxStarting?: number;
  hasPlace?: () => boolean;
  uptimeMs?: () => number;
}) {
  const asked: number[] = [];
  const started: string[] = [];
  const discarded: string[] = [];
  pool = new WarmPool({
    clock: { uptimeMs: options.uptimeMs ?? (() => performance.now()) },
    logger: pino({ level: 'silent' }),
    targets: () => options.targets,
    mayStart: options.mayStart ?? (() => true),
    maxStarting: options.maxStarting ?? 1,
    makeRoom: (missing) => void asked.push(missing),
    start(profile) {
      if (options.hasPlace?.() === false) return undefined;
      started.push(profile);
      setImmediate(() => log.emit('started'));
      if (options.fail?.()) return Promise.reject(new Error('no such binary'));
      return Promise.resolve(toSpare(profile, started.length));
    },
    async discard(spare) {
      discarded.push(spare.agentSessionId);
      log.emit('discarded');
    },
  });
  pool.start();
  return { pool, started, discarded, asked };
}

function toSpare(profile: string, number: number): Spare & { die(): void } {
  const exit = Promise.withResolvers<Exit>();
  return {
    agent: { exited: exit.promise } as AgentProcess,
    profile,
    agentSessionId: String(number),
    dirs: toSessionDirs('/nowhere', String(number)),
    token: '',
    place: { assign() {}, release() {} },
    die: () => exit.resolve({ ...NEVER_STARTED, cause: 'died', signal: 'SIGKILL' }),
  };
}

const untilReady = async (count: number) => {
  while (pool.state.ready < count) await once(log, 'started');
};

describe('the warm pool', () => {
  it('keeps what is wanted of each profile, and gives a spare to nobody but its own profile', async () => {
    const { started } = openPool({
      targets: new Map([
        ['a', 2],
        ['b', 1],
      ]),
    });
    await untilReady(3);
    expect(started).toEqual(['a', 'a', 'b']);
    expect(pool.state.readyByProfile).toEqual(new Map(Object.entries({ a: 2, b: 1 })));
    expect(pool.take('c')).toBeUndefined();
    expect(pool.take('b')?.profile).toBe('b');
    expect(pool.take('b')).toBeUndefined();
    expect([pool.take('a')?.profile, pool.take('a')?.profile, pool.take('a')]).toEqual(['a', 'a', undefined]);
  });

  it('starts none beside the first words of who took one, and in a burst all the same', async () => {
    let nowMs = 10_000;
    const { started } = openPool({ targets: new Map([['a', 2]]), uptimeMs: () => nowMs });
    await untilReady(2);
    const checkAt = (ms: number) => {
      nowMs = ms;
      pool.check();
      return started.length;
    };
    pool.take('a');
    expect([checkAt(10_499), checkAt(10_500)]).toEqual([2, 3]);
    await untilReady(2);
    // The next hold begins only a second after the one before.
    pool.take('a');
    expect(checkAt(10_501)).toBe(4);
    await untilReady(2);
    nowMs = 11_500;
    pool.take('a');
    expect([checkAt(11_999), checkAt(12_000)]).toEqual([4, 5]);
  });

  it('ends spares that nobody wants any more', async () => {
    const targets = new Map([['a', 2]]);
    const { discarded } = openPool({ targets });
    await untilReady(2);
    targets.clear();
    targets.set('b', 1);
    while (discarded.length < 2) await once(log, 'discarded');
    await untilReady(1);
    expect(pool.state.readyByProfile).toEqual(new Map([['b', 1]]));
  });

  it('counts a spare that dies young as a start that failed, so that none is started for ever', async () => {
    openPool({ targets: new Map([['a', 1]]) });
    await untilReady(1);
    (pool.spares[0] as Spare & { die(): void }).die();
    await once(log, 'discarded');
    expect(pool.state).toMatchObject({ ready: 0, failures: 1 });
  });

  it('starts several at once where it may, and never more than are wanted', async () => {
    const { started } = openPool({ targets: new Map([['a', 3]]), maxStarting: 2 });
    expect(pool.state.starting).toBe(2);
    await untilReady(3);
    expect(started.length).toBe(3);
  });

  it('drops none of several spares that are ready in one moment', async () => {
    const { discarded } = openPool({ targets: new Map([['a', 3]]), maxStarting: 3 });
    await untilReady(3);
    expect([pool.state.ready, discarded]).toEqual([3, []]);
  });

  it('asks for as many places as spares are missing and can start at once', async () => {
    let hasPlace = false;
    const targets = new Map([
      ['a', 2],
      ['b', 3],
    ]);
    const { asked, started } = openPool({ targets, maxStarting: 4, hasPlace: () => hasPlace });
    targets.set('b', 1);
    pool.check();
    expect([asked, started]).toEqual([[4, 3], []]);
    hasPlace = true;
    pool.check();
    expect(started).toEqual(['a', 'a', 'b']);
    expect(asked.length).toBe(2);
  });

  it('replaces a spare that died', async () => {
    const { discarded } = openPool({ targets: new Map([['a', 1]]) });
    await untilReady(1);
    const [first] = pool.spares;
    (first as Spare & { die(): void }).die();
    while (discarded.length === 0) await once(log, 'discarded');
    await untilReady(1);
    expect(pool.spares).not.toContain(first);
    expect(discarded).toEqual(['1']);
  });

  it('counts starts that fail, waits before the next one, and comes back', async () => {
    let broken = true;
    const { started } = openPool({ targets: new Map([['a', 1]]), fail: () => broken });
    await once(log, 'started');
    expect(pool.state).toMatchObject({ ready: 0, failures: 1 });
    broken = false;
    await untilReady(1);
    expect(started.length).toBe(2);
    pool.take('a');
    expect(pool.state.failures).toBe(0);
  });

  it('starts nothing while running turns need the machine', async () => {
    let mayStart = false;
    const { started } = openPool({ targets: new Map([['a', 1]]), mayStart: () => mayStart });
    expect(started).toEqual([]);
    mayStart = true;
    await untilReady(1);
    expect(started).toEqual(['a']);
  });
});
