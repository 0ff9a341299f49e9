import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { cpus, loadavg, release, totalmem, type } from 'node:os';

/** What the figures depend on. */
export interface Machine {
  processor: string;
  cores: number;
  memoryGb: number;
  kernel: string;
  node: string;
  agentSdk: string;
  /** Claude Code, as the SDK brings it. */
  cli: string;
  /** Commit of this repository; with `+changes` when the tree has some. */
  commit: string;
  /** Of the last minute, before the run: other work on the machine shows here. */
  loadAverage: number;
}

/** Reads the machine that this runs on. What cannot be told is `unknown`. */
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
