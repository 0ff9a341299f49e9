import { execFile } from 'node:child_process';
import { chown, mkdir, mkdtempDisposable, readFile, realpath, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import type { Networking } from './host.ts';
import { toSandboxCommand, type SandboxOptions } from './sandbox-args.ts';
import { SYSTEM_PATH } from './system-programs.ts';

/** Facts that the probe printed: the value of each line. */
export type ProbeFacts = ReadonlyMap<string, string>;

const PROBE = join(import.meta.dirname, 'probe.sh');
const TIMEOUT_MS = 10_000;

export function readProbe(): Promise<string> {
  return readFile(PROBE, 'utf8');
}

export function parseProbe(output: string): ProbeFacts {
  const lines = output.split('\n').filter((line) => line.includes('='));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf('=')), line.slice(line.lastIndexOf('=') + 1)]));
}

/**
 * Undefined when bubblewrap confines agents here, tried from inside as an agent would; otherwise a sentence that says
 * why not. That bubblewrap starts does not prove that it confines.
 */
export async function findSandboxProblem(
  options: SandboxOptions & { networking: Networking },
): Promise<string | undefined> {
  await using root = await mkdtempDisposable(join(tmpdir(), 'csp-sandbox-'));
  const dir = await realpath(root.path);
  const secret = join(dir, 'secret');
  const workspace = join(dir, 'workspace');
  await writeFile(secret, 'secret', { mode: 0o644 });
  await mkdir(workspace, { mode: 0o700 });
  if (options.agentUser) await chown(workspace, options.agentUser.uid, options.agentUser.gid);
  const request = {
    command: '/bin/sh',
    args: ['-c', `${await readProbe()}\ntry writes_workspace touch "$PWD/touched"`, 'probe', `file=${secret}`],
    cwd: workspace,
    writableDirs: [workspace],
  };
  // Any file works as the socket: it is only there so that the network is removed.
  const modelSocket = options.networking === 'limited' ? secret : undefined;
  const [file = '', ...args] = toSandboxCommand(request, { ...options, modelSocket });
  try {
    const env = { PATH: SYSTEM_PATH };
    const { stdout } = await promisify(execFile)(file, args, { timeout: TIMEOUT_MS, cwd: '/', env });
    return judge(parseProbe(stdout), modelSocket === undefined ? `reads:${secret}` : undefined);
  } catch (error) {
    const { code, stderr } = error as { code?: unknown; stderr?: string };
    if (code === 'ENOENT') return 'bubblewrap (bwrap) is not installed';
    return `bubblewrap does not work here: ${stderr?.trim() || String(error)}`;
  }
}

/** Undefined when the facts are those of a process that is confined, else what it can do. Pure. */
export function judge(facts: ProbeFacts, secret?: string): string | undefined {
  const problems = [
    ...['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'].map(
      (set) => !/^0+$/.test(facts.get(set) ?? '') && `has capabilities (${set} ${facts.get(set)})`,
    ),
    facts.get('no_new_privs') !== '1' && 'may gain privileges',
    facts.get('uid') === '0' && 'is root',
    facts.get('mounts') !== 'no' && 'can mount',
    facts.get('makes_user_namespace') !== 'no' && 'can make user namespaces',
    facts.get('writes_proc_sys') !== 'no' && 'can change the kernel’s settings',
    facts.get('writes_system') !== 'no' && 'can change the system',
    secret !== undefined && facts.get(secret) !== 'no' && 'can read files of the host',
    facts.get('writes_workspace') === 'no' && 'cannot write its workspace',
  ].filter((problem) => problem !== false);
  return problems.length === 0 ? undefined : `bubblewrap does not confine here: what runs in it ${problems.join(', ')}`;
}
