import type { SpawnOptions } from '@anthropic-ai/claude-agent-sdk';

import type { Host, HostedProcess } from '../hosts/host.ts';
import { createBoundedLines } from '../lib/bounded-lines.ts';
import { createMaskedLines } from '../lib/masked-lines.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { AgentStart } from './options/build-options.ts';
import type { ProfileSettings } from './options/profile-settings.ts';
import { giveResumeDir, isResumeDir, keepResumedTranscript } from './resumed-transcript.ts';
import { watchLineLength } from './watch-line-length.ts';

export interface LaunchAgentDeps {
  profile: AgentStart;
  host: Host;
  logger: Logger;
  /** Hides the secrets that processes of the session got. */
  mask(text: string): string;
  /** CLAUDE_CONFIG_DIR of the process. */
  configDir: string;
  /** What it may read beside its own folders and the system's. */
  readableDirs: readonly string[];
  /** What it may write beside its own folders. */
  writableDirs: readonly string[];
  /** The output has a line over `MAX_LINE_BYTES`, so the process cannot be used any more. */
  onEndlessLine(): void;
}

/** Twice the largest message, which has 32 MB. No line of the CLI is longer, batches of mirrored entries included. */
const MAX_LINE_BYTES = 64 * 1024 * 1024;

/** Starts the command of the SDK on the host. */
export function launchAgent(
  { command, args, cwd, env }: SpawnOptions,
  { profile, host, logger, mask, configDir, readableDirs, writableDirs, onEndlessLine }: LaunchAgentDeps,
): HostedProcess {
  try {
    keepResumedTranscript(profile.dirs, { ...profile, configDir });
  } catch (error) {
    // The link is needed only if the process is killed, so the start continues.
    logger.warn({ err: error }, 'the transcript of a resumed process could not be linked');
  }
  if (host.agentUser && isResumeDir(configDir)) giveResumeDir(configDir, host.agentUser);
  const logged = createBoundedLines((stderr) => logger.debug({ stderr }, 'agent process wrote to stderr'));
  const lines = createMaskedLines(mask, logged.add);
  const process = host.start({
    label: profile.agentSessionId,
    command,
    args,
    cwd: cwd ?? profile.dirs.workspace,
    env,
    writableDirs: [...new Set([...Object.values(profile.dirs), configDir, ...writableDirs])],
    readableDirs,
    networking: toNetworking(profile.settings),
    onStderr: lines.add,
    mask,
  });
  process.once('exit', () => {
    lines.end();
    logged.end();
  });
  watchLineLength(process.stdout, MAX_LINE_BYTES, onEndlessLine);
  return process;
}

/** What the host is asked for: an environment can only restrict the network access that the operator allows. */
export function toNetworking({ networking }: Pick<ProfileSettings, 'networking'>): 'limited' | undefined {
  return networking === 'limited' ? 'limited' : undefined;
}
