import { expect, it } from 'vitest';

import { SessionProcess } from './session-process.ts';
import { openSessions } from './sessions-harness.ts';

it('starts no process any more once it is closed, also for a message that was on its way', async () => {
  await using sessions = await openSessions();
  const process = new SessionProcess(sessions.deps, {
    ...{ sessionId: 'sesn_1', ownerId: 'user_1' },
    describe: () => Promise.reject(new Error('A process was started')),
    onAdopt: () => Promise.resolve(),
    announce: () => undefined,
    onExit: () => undefined,
    onStateChange: () => undefined,
    canUseTool: () => Promise.reject(new Error('There is no agent')),
    beforeToolUse: () => Promise.reject(new Error('There is no agent')),
    onMessage: () => Promise.resolve(),
  });
  const closing = process.close();
  process.send({ uuid: 'a', content: 'Too late' });
  expect(process.state).toBe('none');
  await closing;
  process.ensure();
  expect([process.state, process.isGone]).toEqual(['none', true]);
});
