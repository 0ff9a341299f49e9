import type { AskRemote } from './git-service.ts';

/** At once, of one person, until the answer has ended. Of SSH all together have 32. */
const MOST = { http: 24, https: 24, ssh: 8 };

/** Lets nobody keep the connections to git servers from everybody else, in however many sessions. */
export function boundPerOwner(ask: AskRemote): AskRemote {
  const held = new Map<string, number>();
  const count = (key: string, by: 1 | -1) => {
    const next = (held.get(key) ?? 0) + by;
    if (next === 0) held.delete(key);
    else held.set(key, next);
  };
  return async (remote, request, options) => {
    const { protocol } = remote;
    const key = `${protocol} ${options.ownerId}`;
    if ((held.get(key) ?? 0) >= MOST[protocol])
      throw new Error(`you have ${MOST[protocol]} requests to git servers under way. Wait for one of them`);
    count(key, 1);
    try {
      const answer = await ask(remote, request, options);
      answer.body.once('close', () => count(key, -1));
      return answer;
    } catch (error) {
      count(key, -1);
      throw error;
    }
  };
}
