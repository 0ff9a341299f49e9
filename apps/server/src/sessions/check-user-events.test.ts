import { CspError, type UserEventParams } from '@claude-sdk-pattern/protocol';
import { expect, it } from 'vitest';

import { toTestActor } from '../access/fixtures/actor-harness.ts';
import { checkUserEvents } from './check-user-events.ts';

const ada = toTestActor('ada');
const noFiles = {
  get: (_: unknown, id: string) => Promise.reject(new CspError('not_found', `There is no file ${id}`)),
};
const say = (text: string): UserEventParams => ({ type: 'user.message', content: [{ type: 'text', text }] });

it.each(['/clear', ' /clear', '/reset', '/new', '/clear all of it', '/clear\nand go on'])(
  'refuses %j, which would split the transcript',
  async (text) => {
    await expect(checkUserEvents(noFiles, ada, [say('hello'), say(text)])).rejects.toThrow('Start a new session');
  },
);

it.each(['/clearly', 'clear', 'say /clear', '/compact', '/newest'])('takes %j', async (text) => {
  await checkUserEvents(noFiles, ada, [say(text)]);
});

it('refuses a file that the sender does not have', async () => {
  const content = [{ type: 'image' as const, source: { type: 'file' as const, file_id: 'file_1' } }];
  const sent = checkUserEvents(noFiles, ada, [{ type: 'user.message', content }]);
  await expect(sent).rejects.toMatchObject({ code: 'not_found' });
});
