import { expect, it } from 'vitest';

import { toTestActor } from '../access/fixtures/actor-harness.ts';
import type { Session } from '../store/sessions.ts';
import { createSessionGit, type SessionGitDeps } from './session-git.ts';

it('runs git once at a time for all who look at the repositories of one session', async () => {
  const resource = { type: 'git_repository', id: 'sesrsc_1', state: 'ready', url: 'https://git.example/a/b' };
  const resources = [{ ...resource, mount_path: '/workspace/b', branch: 'main' }];
  const session = { id: 'sesn_1', agentSessionId: 'agent_1', ownerId: 'user_1', resources } as unknown as Session;
  const begun: (() => void)[] = [];
  const first = Promise.withResolvers<void>();
  const run = async (args: readonly string[]) => {
    // Each look is one status; the agent has it take long.
    if (args.includes('status')) {
      await new Promise<void>((resolve) => {
        begun.push(resolve);
        first.resolve();
      });
    }
    return { ok: true, stdout: Buffer.from('# branch.head main\0'), stderr: '' };
  };
  const dirs = { workspace: '/nonexistent/workspace', home: '/nonexistent/home' };
  const git = createSessionGit({
    access: { get: async () => ({ session, ownerId: 'user_1', level: null }) },
    workspaces: { of: () => ({ dirs }) },
    handGit: { sandboxGit: { run, confines: true } },
    ...{ confines: true, hasFiles: () => true },
  } as unknown as SessionGitDeps);
  const look = () => git.list(toTestActor('user_1'), 'sesn_1');
  const looks = [look(), look(), look(), look()];
  await first.promise;
  await new Promise(setImmediate);
  expect(begun).toHaveLength(1);
  begun[0]?.();
  expect(await looks[0]).toMatchObject([{ path: 'b', branch: 'main', problem: null }]);
  // Those who came later share the next one, which has all that was before them.
  await expect.poll(() => begun.length).toBe(2);
  begun[1]?.();
  await Promise.all(looks);
  expect(begun).toHaveLength(2);
});
