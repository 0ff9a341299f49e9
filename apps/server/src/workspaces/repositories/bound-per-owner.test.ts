import { Readable } from 'node:stream';

import { expect, it } from 'vitest';

import { boundPerOwner } from './bound-per-owner.ts';
import type { GitAnswer } from './git-service.ts';
import { parseRemote } from './remote.ts';

it.each([
  ['ssh://git@git.example/a', 8],
  ['https://git.example/a', 24],
])('lets one person have so many requests to %s under way', async (url, most) => {
  const bodies: Readable[] = [];
  const ask = boundPerOwner(async (): Promise<GitAnswer> => {
    const body = new Readable({ read: () => undefined });
    bodies.push(body);
    return { status: 200, headers: {}, body };
  });
  const request = { service: 'git-upload-pack', isAdvertisement: true, headers: {}, body: undefined } as const;
  const send = (ownerId: string) =>
    ask(parseRemote(url), request, { credential: undefined, ownerId, signal: new AbortController().signal });
  for (let count = 0; count < most; count += 1) await send('user_1');
  await expect(send('user_1')).rejects.toThrow(`you have ${most} requests`);
  await send('user_2');
  bodies[0]?.destroy();
  await expect.poll(() => send('user_1').then(({ status }) => status, String)).toBe(200);
});
