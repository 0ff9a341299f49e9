import { expect, it } from 'vitest';

import { judgeAppCall, withHooks } from './judge-app-call.ts';

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

it('is made stricter by hooks, and needs a person where hooks cannot be asked', () => {
  const allow = { permission: 'allow', reason: 'A rule' } as const;
  const ask = { permission: 'ask', reason: 'Outside' } as const;
  const denied = { permission: 'deny', reason: 'Nobody erases' } as const;
  const none = { said: undefined, unasked: [] };
  expect(withHooks(allow, none)).toBe(allow);
  expect(withHooks(allow, { ...none, said: allow })).toBe(allow);
  expect(withHooks(allow, { ...none, said: ask })).toEqual(ask);
  expect(withHooks(ask, { ...none, said: denied })).toEqual(denied);
  expect(withHooks(denied, { ...none, said: allow })).toBe(denied);
  expect(withHooks(ask, { ...none, said: allow })).toBe(ask);
  expect(withHooks(allow, { ...none, unasked: ['Guard'] })).toMatchObject({
    permission: 'ask',
    reason: expect.stringContaining('The plugin Guard checks') as string,
  });
});
