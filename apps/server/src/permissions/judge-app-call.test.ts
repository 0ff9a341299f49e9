import { expect, it } from 'vitest';

import { judgeAppCall } from './judge-app-call.ts';

it('takes the strictest decision, and denies what a second person has to allow', () => {
  const allow = { permission: 'allow', reason: 'A rule' } as const;
  const ask = { permission: 'ask', reason: 'Outside' } as const;
  const deny = { permission: 'deny', reason: 'Nobody erases' } as const;
  const fourEyes = { ...ask, terms: { fourEyes: true, expiresInSeconds: undefined } };
  expect(judgeAppCall([allow, allow])).toEqual(allow);
  expect(judgeAppCall([allow, ask])).toEqual(ask);
  expect(judgeAppCall([ask, fourEyes])).toMatchObject({
    permission: 'deny',
    reason: expect.stringContaining('second person') as string,
  });
  expect(judgeAppCall([allow, fourEyes, deny])).toEqual(deny);
});
