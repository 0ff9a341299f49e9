import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { ConfigError, type Config } from '../config/load-config.ts';
import { createBubblewrapLauncher } from './bubblewrap.ts';
import type { AgentUser, Host } from './host.ts';
import type { Launcher } from './launcher.ts';
import { createLocalHost, type LocalHostDeps } from './local-host.ts';
import { LIMITED_NEEDS_SANDBOX, localLauncher } from './local.ts';
import type { SandboxOptions } from './sandbox-args.ts';
import { findSandboxProblem } from './sandbox-problem.ts';

export interface HostChoice {
  host: Host;
  /** Why this host was chosen, as a sentence for the log and for `csp doctor`. */
  reason: string;
}

/** The settings that decide how agents are started. */
export type LauncherConfig = Pick<
  Config,
  'launcher' | 'agentNetwork' | 'dataDir' | 'sharedDir' | 'agentUid' | 'sandboxReadablePaths'
> &
  Pick<Config, 'maxSessionRssMb' | 'maxSessionProcesses' | 'maxSessionDiskMb'>;

/** The share of a session's memory that its /tmp may take. */
const TMP_SHARE = 0.25;
const MIB = 1024 * 1024;

/**
 * Chooses the host by the configured launcher; `auto` uses bubblewrap where it confines.
 * @throws ConfigError when bubblewrap, or limited networking, which needs it, is required and bubblewrap does not
 * confine.
 */
export async function selectHost(
  config: LauncherConfig,
  { modelSocket, ...deps }: LocalHostDeps & { modelSocket: string | undefined },
): Promise<HostChoice> {
  const { launcher, reason } = await selectLauncher(config, { modelSocket });
  return { host: createLocalHost(launcher, deps), reason };
}

async function selectLauncher(
  config: LauncherConfig,
  options: { modelSocket: string | undefined },
): Promise<{ launcher: Launcher; reason: string }> {
  const networking = config.agentNetwork;
  const sandbox = { ...toSandboxOptions(config), networking };
  const problem = config.launcher === 'local' ? 'The configuration says local' : await findSandboxProblem(sandbox);
  if (problem === undefined) {
    const agentUser = sandbox.agentUser && (await nameAgentUser(sandbox.agentUser, config.dataDir));
    const launcher = createBubblewrapLauncher({ ...sandbox, ...options, agentUser });
    return { launcher, reason: 'Bubblewrap confines here' };
  }
  if (config.launcher === 'bubblewrap') {
    throw new ConfigError(`${problem}. Install Debian's package bubblewrap, or set CLAUDE_SDK_PATTERN_LAUNCHER=local`);
  }
  if (networking === 'limited') throw new ConfigError(`${problem}. ${LIMITED_NEEDS_SANDBOX}`);
  return { launcher: localLauncher, reason: `${problem}, so agents run with all rights of ${describeUser()}` };
}

/** Derives the sandbox options from the configuration. As root, agents get a user of their own. */
export function toSandboxOptions(config: LauncherConfig): SandboxOptions {
  const { dataDir, sharedDir, agentUid, sandboxReadablePaths, maxSessionRssMb, maxSessionProcesses, maxSessionDiskMb } =
    config;
  return {
    ...{ dataDir, sharedDir },
    readablePaths: sandboxReadablePaths.split(':').filter((path) => path !== ''),
    limits: {
      maxProcesses: maxSessionProcesses,
      tmpBytes: Math.ceil(maxSessionRssMb * TMP_SHARE) * MIB,
      maxFileBytes: maxSessionDiskMb === 0 ? undefined : maxSessionDiskMb * MIB,
    },
    agentUser: isRoot() ? { uid: agentUid, gid: agentUid } : undefined,
  };
}

/** Gives the agent's user a name beside those that the host knows. */
async function nameAgentUser(user: AgentUser, dataDir: string): Promise<AgentUser> {
  const known = await readFile('/etc/passwd', 'utf8').catch(() => '');
  const passwdFile = join(dataDir, 'run', 'passwd');
  await mkdir(join(dataDir, 'run'), { recursive: true, mode: 0o700 });
  const line = `agent:x:${user.uid}:${user.gid}:Agent:/nonexistent:/bin/bash\n`;
  await writeFile(passwdFile, `${known.trimEnd()}\n${line}`, { mode: 0o644 });
  return { ...user, passwdFile };
}

/** Describes the user whose rights an unconfined agent has. */
export function describeUser(): string {
  return isRoot() ? 'root, that is over the whole machine' : "the server's user";
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}
