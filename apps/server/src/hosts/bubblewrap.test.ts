import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

import { createWorkspaceDir, listProcesses } from '@claude-sdk-pattern/testkit';
import { expect, it } from 'vitest';

import { loadConfig } from '../config/load-config.ts';
import { createBubblewrapLauncher } from './bubblewrap.ts';
import { openTestHost } from './fixtures/open-test-host.ts';
import { PROCESS_MARKER } from './process-marker.ts';
import { findSandboxProblem } from './sandbox-problem.ts';
import { toSandboxOptions } from './select-host.ts';

const options = toSandboxOptions(loadConfig({}));
const problem = await findSandboxProblem({ ...options, networking: 'unrestricted' });
if (problem !== undefined) console.warn(`SKIPPED: the bubblewrap launcher is not tested, because ${problem}`);

/** A bubblewrap host, and a folder with programs that have the names of the launcher's own and leave a file. */
async function openHost() {
  await using stack = new AsyncDisposableStack();
  const data = stack.use(await createWorkspaceDir());
  await chmod(data.path, 0o755);
  const [workspace, programs, fallen] = ['workspace', 'programs', 'fallen'].map((name) => join(data.path, name)) as [
    string,
    string,
    string,
  ];
  for (const dir of [workspace, programs]) await mkdir(dir, { mode: 0o755 });
  if (options.agentUser) await chown(workspace, options.agentUser.uid, options.agentUser.gid);
  for (const name of ['bwrap', 'setpriv', 'prlimit']) {
    await writeFile(join(programs, name), `#!/bin/sh\necho > ${fallen}\n`, { mode: 0o755 });
  }
  const launcher = createBubblewrapLauncher({
    ...{ ...options, dataDir: data.path, networking: 'unrestricted', modelSocket: undefined },
  });
  const opened = stack.use(openTestHost({ launcher }));
  const held = stack.move();
  return { ...opened, workspace, programs, fallen, [Symbol.asyncDispose]: () => held.disposeAsync() };
}

it.skipIf(problem !== undefined)('gives the environment to the program alone, unseen', async () => {
  await using opened = await openHost();
  const { workspace, programs, fallen, nodeId } = opened;
  const env = { PATH: `${programs}:/usr/bin:/bin`, KEY: 'a secret\nof two lines', LD_LIBRARY_PATH: programs };
  const request = { label: 'sesn_1', command: 'sh', cwd: workspace, env, writableDirs: [workspace] };
  const hosted = opened.host.start({ ...request, args: ['-c', 'env -0; read -r line'] });
  let output = '';
  hosted.stdout.setEncoding('utf8').on('data', (data: string) => (output += data));
  await expect.poll(() => output, { timeout: 10_000 }).toContain(PROCESS_MARKER);
  const found = Object.fromEntries(output.split('\0').map((each) => each.split('=', 2)));
  expect(found).toMatchObject({ ...env, [PROCESS_MARKER]: `${nodeId}/sesn_1` });
  expect(
    Object.keys(found)
      .filter((name) => !['', '_', 'OLDPWD', 'SHLVL'].includes(name))
      .toSorted(),
  ).toEqual([...Object.keys(env), PROCESS_MARKER, 'PWD'].toSorted());
  const running = await listProcesses(nodeId);
  expect(running.length).toBeGreaterThan(1);
  expect(JSON.stringify(running)).not.toContain('a secret');
  await hosted.end();
  expect(existsSync(fallen)).toBe(false);
});

it.skipIf(problem !== undefined)('shows the folder of a command only where the server has chosen it', async () => {
  await using opened = await openHost();
  const { workspace, programs } = opened;
  await writeFile(join(programs, 'hello'), '#!/bin/sh\necho hello\n', { mode: 0o755 });
  const request = { command: join(programs, 'hello'), args: [], cwd: workspace, env: {}, writableDirs: [workspace] };
  const [chosen, other] = await Promise.all(
    [true, false].map((showsCommand) => {
      const hosted = opened.host.start({ ...request, label: `sesn_${showsCommand}`, showsCommand });
      return text(hosted.stdout);
    }),
  );
  expect([chosen, other]).toEqual(['hello\n', '']);
});
