import { expect, test } from 'vitest';

import { openTestStore, type BackEnd } from './back-end.ts';

export function describeWorkspaceTrusts(backEnd: BackEnd): void {
  test('keeps one trust of a person for each identity, until it is taken back', async () => {
    await using store = await openTestStore(backEnd);
    const { workspaceTrusts } = store;
    const put = (id: string, userId: string, digest: string) =>
      workspaceTrusts.put({ id, userId, identity: 'repository:a', digest, counts: { hook: 1 } });
    await put('trust_1', 'user_1', 'old');
    await put('trust_2', 'user_1', 'new');
    await put('trust_3', 'user_2', 'old');
    expect(await workspaceTrusts.list('user_1')).toMatchObject([{ id: 'trust_1', digest: 'new', counts: { hook: 1 } }]);

    expect(await workspaceTrusts.delete({ userId: 'user_2', id: 'trust_1' })).toBeUndefined();
    expect(await workspaceTrusts.delete({ userId: 'user_1', identity: 'repository:a' })).toMatchObject({
      id: 'trust_1',
    });
    expect([await workspaceTrusts.list('user_1'), await workspaceTrusts.list('user_2')]).toMatchObject([
      [],
      [{ id: 'trust_3' }],
    ]);
  });
}
