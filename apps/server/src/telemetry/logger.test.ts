import { expect, it, vi } from 'vitest';

import { correlate } from './correlation.ts';
import { createLogLevel } from './log-level.ts';
import { createLogger } from './logger.ts';

function openLogger() {
  const lines: string[] = [];
  const level = createLogLevel('info');
  const logger = createLogger({ level, destination: { write: (line: string) => void lines.push(line) } });
  return {
    level,
    logger,
    lines,
    take: () => lines.splice(0).map((line) => JSON.parse(line) as Record<string, unknown>),
  };
}

it('gives every line the ids of what it belongs to, each once', async () => {
  const { logger, lines } = openLogger();
  const span = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1 };
  const ofSession = logger.child({ session_id: 'sesn_1' });
  await correlate({ request_id: 'req_1' }, () =>
    correlate({ session_id: 'sesn_1', turn: 2, span }, async () => {
      await Promise.resolve();
      ofSession.info({ turn: 3 }, 'said');
    }),
  );
  ofSession.info('outside');
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    ...{ level: 'info', service: 'csp', msg: 'said', request_id: 'req_1', session_id: 'sesn_1', turn: 3 },
    ...{ trace_id: span.traceId, span_id: span.spanId },
  });
  expect(lines[0]?.match(/"(?:session_id|turn)":/g)).toEqual(['"session_id":', '"turn":']);
  expect(JSON.parse(lines[1] ?? '')).not.toHaveProperty('request_id');
});

it('changes its level while it runs, also of loggers that were made before, and falls back', () => {
  vi.useFakeTimers();
  try {
    const { logger, level, take } = openLogger();
    const before = logger.child({ session_id: 'sesn_1' });
    before.debug('no');
    level.set('debug', { forMs: 60_000 });
    before.debug('yes');
    expect(level.endsAtMs).toBe(Date.now() + 60_000);
    vi.advanceTimersByTime(60_001);
    before.debug('no');
    level.set('silent');
    before.fatal('no');
    level.reset();
    before.info('again');
    expect(take().map(({ msg }) => msg)).toEqual(['yes', 'again']);
    expect([level.current, level.endsAtMs]).toEqual(['info', undefined]);
  } finally {
    vi.useRealTimers();
  }
});
