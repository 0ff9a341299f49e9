import { execFile } from 'node:child_process';
import { chown, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { createWorkspaceDir } from '@claude-sdk-pattern/testkit';
import { expect, it } from 'vitest';

import { loadConfig } from '../config/load-config.ts';
import { toSandboxCommand } from './sandbox-args.ts';
import { findSandboxProblem } from './sandbox-problem.ts';
import { toSandboxOptions } from './select-host.ts';

const MIB = 1024 * 1024;
const options = toSandboxOptions(loadConfig({}));
const problem = await findSandboxProblem({ ...options, networking: 'unrestricted' });
if (problem !== undefined) console.warn(`SKIPPED: the limits of the sandbox are not tested, because ${problem}`);

/** Runs a script in a sandbox with narrow limits and answers what it printed. */
async function run(script: string): Promise<string> {
  await using dir = await createWorkspaceDir();
  const workspace = join(dir.path, 'workspace');
  await mkdir(workspace);
  if (options.agentUser) await chown(workspace, options.agentUser.uid, options.agentUser.gid);
  const limits = { maxProcesses: 60, tmpBytes: 2 * MIB, maxFileBytes: 4 * MIB };
  const request = { command: '/bin/bash', args: ['-c', script], cwd: workspace, writableDirs: [workspace] };
  const [file = '', ...args] = toSandboxCommand(request, {
    ...options,
    dataDir: dir.path,
    limits,
    modelSocket: undefined,
  });
  const { stdout } = await promisify(execFile)(file, args, { cwd: '/', env: { PATH: '/usr/bin:/bin' } });
  return stdout.trim();
}

it.skipIf(problem !== undefined)('bounds each folder that is in memory', async () => {
  const fill = (path: string) =>
    `head -c 200M /dev/zero > ${path}/big 2>/dev/null; stat -c %s ${path}/big 2>/dev/null || echo none`;
  const [tmp, ...others] = (await run(['/tmp', '/var/tmp', '/dev', '/run', ''].map(fill).join('\n'))).split('\n');
  expect(Number(tmp)).toBeLessThanOrEqual(2 * MIB);
  // The second is the first.
  expect(others).toEqual([tmp, 'none', 'none', 'none']);
});

it.skipIf(problem !== undefined)('bounds processes, also for one session beside others', async () => {
  const start = `perl -e 'for (1 .. 100) { my $pid = fork; if (!defined $pid) { print $_; last } if ($pid == 0) { sleep 1; exit } }'`;
  const refusedAt = await Promise.all([run(start), run(start)]);
  for (const count of refusedAt.map(Number)) {
    expect(count).toBeGreaterThan(1);
    expect(count).toBeLessThanOrEqual(60);
  }
});

it.skipIf(problem !== undefined)('bounds a file', async () => {
  expect(Number(await run('head -c 20M /dev/zero > big 2>/dev/null; stat -c %s big'))).toBe(4 * MIB);
});

it.skipIf(problem !== undefined)('leaves out what lies in a folder of the system and is not for agents', async () => {
  expect(await run('ls /home /root /srv /mnt /boot /sys 2>/dev/null; ls / | tr "\\n" " "')).not.toMatch(
    /root|home|srv|boot/,
  );
});
