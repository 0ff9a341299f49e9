import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { cpus, loadavg, release, totalmem, type } from 'node:os';

/** The facts about the machine on which the figures depend. */
export interface Machine {
  processor: string;
  cores: number;
  memoryGb: number;
  kernel: string;
  node: string;
  agentSdk: string;
  /** The version of Claude Code that the SDK contains. */
  cli: string;
  /** The commit of this repository; with `+changes` if the tree has uncommitted changes. */
  commit: string;
  /** The load average of the last minute before the run, which shows other work on the machine. */
  loadAverage: number;
}

/** Reads the facts about this machine. A fact that cannot be read is `unknown`. */
export function readMachine(): Machine {
  const sdk = readSdkVersions();
  return {
    processor: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    kernel: `${type()} ${release()}`,
    node: process.version,
    agentSdk: sdk.version ?? 'unknown',
    cli: sdk.claudeCodeVersion ?? 'unknown',
    commit: readCommit(),
    loadAverage: Math.round((loadavg()[0] ?? 0) * 100) / 100,
  };
}

function readSdkVersions(): { version?: string; claudeCodeVersion?: string } {
  const main = createRequire(import.meta.url).resolve('@anthropic-ai/claude-agent-sdk');
  return JSON.parse(readFileSync(join(dirname(main), 'package.json'), 'utf8')) as ReturnType<typeof readSdkVersions>;
}

function readCommit(): string {
  const git = (...args: string[]) =>
    execFileSync('git', args, { cwd: import.meta.dirname, encoding: 'utf8', stdio: 'pipe' });
  try {
    const changed =
      git('status', '--porcelain', '--', '../../apps/server', '../../apps/web', '../../packages', '.').trim() !== '';
    return git('rev-parse', '--short=12', 'HEAD').trim() + (changed ? '+changes' : '');
  } catch {
    return 'unknown';
  }
}
