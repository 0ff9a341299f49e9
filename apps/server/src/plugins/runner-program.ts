import { dirname, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { PluginLimits } from '@claude-sdk-pattern/plugin-api/job';

const MIB = 1024 * 1024;
/** Of the runner itself: two isolates, their code, and what a plugin keeps outside of its heap. */
const RUNNER_MB = 256;

/** How the program is started that runs plugins. */
export interface RunnerProgram {
  args: string[];
  /** Its own code and that of the packages that it and plugins import. */
  readableDirs: string[];
  maxRssBytes: number;
}

/** @param nodePath Absolute path of the Node that is to run it. */
export function toRunnerProgram({ memoryMb }: Pick<PluginLimits, 'memoryMb'>, nodePath: string): RunnerProgram {
  const main = fileURLToPath(import.meta.resolve('@claude-sdk-pattern/plugin-api/runner/main'));
  return {
    args: [`--max-old-space-size=${memoryMb}`, main],
    readableDirs: [dirname(dirname(dirname(main))), findPackagesDir(), dirname(nodePath)],
    maxRssBytes: (memoryMb + RUNNER_MB) * MIB,
  };
}

function findPackagesDir(): string {
  const zod = fileURLToPath(import.meta.resolve('zod'));
  const name = `${sep}node_modules${sep}`;
  return zod.slice(0, zod.lastIndexOf(name) + name.length - 1);
}
