import { describe, expect, it } from 'vitest';

import {
  createCircuitBreaker,
  UpstreamFault,
  type CallOutcome,
  type CircuitBreakerSettings,
} from './circuit-breaker.ts';

const SETTINGS: CircuitBreakerSettings = { failures: 5, windowMs: 60_000, openMs: 15_000 };

function createStage(settings: Partial<CircuitBreakerSettings> = {}) {
  let nowMs = 1000;
  const states: string[] = [];
  const breaker = createCircuitBreaker({ ...SETTINGS, ...settings }, () => nowMs);
  breaker.onTransition(({ to }) => states.push(to));
  const end = (outcome: CallOutcome) => breaker.run(() => Promise.resolve(outcome));
  return {
    breaker,
    states,
    pass: (ms: number) => (nowMs += ms),
    succeed: () => end({ isFault: false }),
    fail: (askedWaitMs?: number) => end({ isFault: true, askedWaitMs }),
    async open() {
      for (let failures = 0; failures < 5; failures += 1) await end({ isFault: true });
    },
  };
}

describe('opening', () => {
  it('happens at the failures of the setting, whatever went well before', async () => {
    const stage = createStage();
    for (let calls = 0; calls < 1000; calls += 1) await stage.succeed();
    for (let failures = 0; failures < 4; failures += 1) await stage.fail();
    expect(stage.breaker.state).toBe('closed');
    await stage.fail();
    expect([stage.breaker.state, stage.breaker.mayCall, stage.breaker.probeInMs]).toEqual(['open', false, 15_000]);
    await expect(stage.succeed()).rejects.toThrow('open');
  });

  it('happens where every second call fails, and not where one in a hundred does', async () => {
    const half = createStage();
    for (let pair = 0; pair < 5 && half.breaker.mayCall; pair += 1) {
      await half.succeed();
      await half.fail();
    }
    expect(half.breaker.state).toBe('open');

    const few = createStage();
    for (let call = 0; call < 2000; call += 1) await (call % 100 === 0 ? few.fail() : few.succeed());
    expect(few.states).toEqual([]);
  });

  it('does not happen for failures that lie further apart, nor ever with 0', async () => {
    const slow = createStage();
    for (let failures = 0; failures < 20; failures += 1) {
      await slow.fail();
      slow.pass(15_001);
    }
    expect(slow.states).toEqual([]);

    const off = createStage({ failures: 0 });
    for (let failures = 0; failures < 20; failures += 1) await off.fail();
    expect(off.states).toEqual([]);
  });

  it('counts answers that broke off, and no call that we broke off', async () => {
    const stage = createStage();
    const reject = async (cause: Error) => {
      try {
        return await stage.breaker.run(() => Promise.reject(cause));
      } catch (caught) {
        return caught;
      }
    };
    const ours = new Error('nobody waits');
    for (let calls = 0; calls < 20; calls += 1) expect(await reject(ours)).toBe(ours);
    expect(stage.states).toEqual([]);
    for (let calls = 0; calls < 5; calls += 1) await reject(new UpstreamFault('cut'));
    expect(stage.states).toEqual(['open']);
  });
});

describe('a probe', () => {
  it('closes the circuit where it goes well, and only one call probes', async () => {
    const stage = createStage();
    await stage.open();
    stage.pass(14_999);
    expect([stage.breaker.mayCall, stage.breaker.probeInMs]).toEqual([false, 1]);
    stage.pass(1);
    expect([stage.breaker.mayCall, stage.breaker.probeInMs]).toEqual([true, 0]);
    const answer = Promise.withResolvers<CallOutcome>();
    const probe = stage.breaker.run(() => answer.promise);
    expect([stage.breaker.state, stage.breaker.mayCall, stage.breaker.probeInMs]).toEqual([
      'half_open',
      false,
      undefined,
    ]);
    answer.resolve({ isFault: false });
    await probe;
    expect(stage.states).toEqual(['open', 'half_open', 'closed']);
  });

  it('closes it with the first good bytes; an answer that then breaks is a failure, and opens it again', async () => {
    const stage = createStage();
    await stage.open();
    stage.pass(15_000);
    const answer = Promise.withResolvers<CallOutcome>();
    const probe = stage.breaker.run((onGood) => {
      onGood();
      return answer.promise;
    });
    await expect.poll(() => stage.breaker.state).toBe('closed');
    answer.reject(new UpstreamFault('cut'));
    await expect(probe).rejects.toThrow('cut');
    expect(stage.states).toEqual(['open', 'half_open', 'closed', 'open']);
  });

  it('opens it again where it fails, for as long as the upstream asks within a minute', async () => {
    const stage = createStage();
    await stage.open();
    for (const [askedMs, openMs] of [
      [undefined, 15_000],
      [40_000, 40_000],
      [3_600_000, 60_000],
    ] as const) {
      stage.pass(60_000);
      await stage.fail(askedMs);
      expect([stage.breaker.state, stage.breaker.probeInMs]).toEqual(['open', openMs]);
    }
  });

  it('that we break off decides nothing: the next call probes', async () => {
    const stage = createStage();
    await stage.open();
    stage.pass(15_000);
    await expect(stage.breaker.run(() => Promise.reject(new Error('nobody waits')))).rejects.toThrow('nobody waits');
    expect([stage.breaker.state, stage.breaker.probeInMs]).toEqual(['open', 0]);
    await stage.succeed();
    expect(stage.breaker.state).toBe('closed');
  });

  it('comes before its time where somebody asks for that, and whatever the wall clock says', async () => {
    const stage = createStage();
    await stage.open();
    stage.breaker.probeNow();
    const now = Date.now;
    Date.now = () => now() - 3_600_000;
    try {
      await stage.succeed();
    } finally {
      Date.now = now;
    }
    expect(stage.breaker.state).toBe('closed');
  });

  it('is not decided by a call that began before', async () => {
    const stage = createStage();
    const early = Promise.withResolvers<CallOutcome>();
    const slow = stage.breaker.run(() => early.promise);
    await stage.open();
    stage.pass(15_000);
    const answer = Promise.withResolvers<CallOutcome>();
    const probe = stage.breaker.run(() => answer.promise);
    early.resolve({ isFault: true });
    await slow;
    expect(stage.breaker.state).toBe('half_open');
    answer.resolve({ isFault: false });
    await probe;
    expect(stage.breaker.state).toBe('closed');
  });
});
