import { expect, it } from 'vitest';

import { describeLoss } from './describe-loss.ts';

const running = { kind: 'running', since: 0 } as const;

it('says that the agent keeps working only where the fault is known to be on this side', () => {
  expect(describeLoss({ cause: 'offline', lastHeardAt: 1000 }, running)).toBe('Reconnecting… Your agent keeps working');
  expect(describeLoss({ cause: 'offline', lastHeardAt: 1000 }, { kind: 'idle' })).toBe('Reconnecting…');
  for (const cause of ['closed', 'silence'] as const)
    expect(describeLoss({ cause, lastHeardAt: 1000 }, running)).toBe('Reconnecting…');
});

it('says how long ago an agent at work was heard', () => {
  expect(describeLoss({ cause: 'silence', lastHeardAt: 1000 }, running, 7000)).toBe(
    'Reconnecting… · last heard 6 s ago',
  );
  expect(describeLoss({ cause: 'silence', lastHeardAt: 1000 }, { kind: 'idle' }, 7000)).toBe('Reconnecting…');
});
