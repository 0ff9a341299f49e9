import { expect, it } from 'vitest';

import { judgeAppCall, withHooks } from './judge-app-call.ts';

it('takes the strictest decision, and denies what a second person has to allow', () => {
  const source = { layer: 'default', rule: null } as const;
  const allow = { permission: 'allow', reason: 'A rule', source } as const;
  const ask = { permission: 'ask', reason: 'Outside', source } as const;
  const ruled = { permission: 'ask', reason: 'Asked for by a rule', source: { ...source, layer: 'platform' } } as const;
  const deny = { permission: 'deny', reason: 'Nobody erases', source } as const;
  const fourEyes = { ...ask, terms: { fourEyes: true, expiresInSeconds: undefined } };
  expect(judgeAppCall([allow, allow])).toMatchObject({ permission: 'allow', reason: 'A rule' });
  expect(judgeAppCall([allow, ask])).toEqual({ permission: 'ask', reason: 'Outside', isExplicit: false });
  expect(judgeAppCall([ask, ruled])).toEqual({ permission: 'ask', reason: 'Asked for by a rule', isExplicit: true });
  expect(judgeAppCall([ask, fourEyes])).toMatchObject({
    permission: 'deny',
    reason: expect.stringContaining('second person') as string,
  });
  expect(judgeAppCall([allow, fourEyes, deny])).toMatchObject({ permission: 'deny', reason: 'Nobody erases' });
});

it('is made stricter by hooks, and needs a person where hooks cannot be asked', () => {
  const allow = { permission: 'allow', reason: 'A rule', isExplicit: false } as const;
  const ask = { permission: 'ask', reason: 'Outside', isExplicit: false } as const;
  const denied = { permission: 'deny', reason: 'Nobody erases', isExplicit: false } as const;
  const none = { said: undefined, unasked: [] };
  expect(withHooks(allow, none)).toBe(allow);
  expect(withHooks(allow, { ...none, said: allow })).toBe(allow);
  expect(withHooks(allow, { ...none, said: ask })).toEqual({ ...ask, isExplicit: true, unseen: 'Outside' });
  expect(withHooks(ask, { ...none, said: denied })).toEqual(denied);
  expect(withHooks(denied, { ...none, said: allow })).toBe(denied);
  expect(withHooks(ask, { ...none, said: allow })).toBe(ask);
  expect(withHooks({ ...ask, isExplicit: true }, { ...none, unasked: ['Guard'] }).reason).toBe('Outside');
  expect(withHooks(allow, { ...none, unasked: ['Guard'] })).toMatchObject({
    ...{ permission: 'ask', isExplicit: true },
    reason: expect.stringContaining('The plugin Guard checks') as string,
  });
});
