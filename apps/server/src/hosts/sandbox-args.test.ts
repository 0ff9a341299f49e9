import { execFile } from 'node:child_process';
import { chmod, chown, mkdir, writeFile } from 'node:fs/promises';
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
async function run(script: string, more: Partial<Parameters<typeof toSandboxCommand>[0]> = {}): Promise<string> {
  await using dir = await createWorkspaceDir();
  const workspace = join(dir.path, 'workspace');
  await mkdir(workspace);
  if (options.agentUser) await chown(workspace, options.agentUser.uid, options.agentUser.gid);
  const limits = { maxProcesses: 60, tmpBytes: 2 * MIB, maxFileBytes: 4 * MIB };
  const request = { command: '/bin/bash', args: ['-c', script], cwd: workspace, writableDirs: [workspace], ...more };
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

it.skipIf(problem !== undefined)(
  'lets a program of the PATH read the folders that are named, and no network',
  async () => {
    await using content = await createWorkspaceDir();
    await chmod(content.path, 0o755);
    await writeFile(join(content.path, 'file'), 'said', { mode: 0o644 });
    const script = `cat ${content.path}/file; touch ${content.path}/new 2>/dev/null || echo; ls /sys/class/net 2>/dev/null; cat /proc/net/dev | wc -l`;
    const more = { command: 'bash', readableDirs: [content.path], networking: 'limited' as const };
    // Two lines of titles, and the loopback.
    expect(await run(script, more)).toBe('said\n3');
  },
);
