import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import type { TestServer } from '@claude-sdk-pattern/testkit';

import { readProcessMemory } from '../process-memory.ts';
import { quantile } from '../statistics.ts';

export interface ServerSample {
  rssMb: number;
  fileDescriptors: number;
  /** The processes of agents, sessions' and spares'. */
  folders: number;
}

/** Samples the server at intervals. The samples of a day take some megabytes. */
export interface ServerWatch extends Disposable {
  readonly samples: readonly ServerSample[];
}

const INTERVAL_MS = 5000;

export function watchServer(server: TestServer): ServerWatch {
  const samples: ServerSample[] = [];
  const timer = setInterval(() => {
    void readSample(server).then((sample) => {
      if (sample !== undefined) samples.push(sample);
    });
  }, INTERVAL_MS);
  return { samples, [Symbol.dispose]: () => clearInterval(timer) };
}

/** Undefined while the server is down. */
async function readSample({ pid, dataDir }: TestServer): Promise<ServerSample | undefined> {
  const memory = await readProcessMemory(pid);
  if (memory === undefined) return undefined;
  const [fds, folders] = await Promise.all([list(`/proc/${pid}/fd`), list(join(dataDir, 'agents'))]);
  return { rssMb: memory.rssMb, fileDescriptors: fds.length, folders: folders.length };
}

/** The names in a folder; empty if it does not exist. */
export function list(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}

/** The median of a figure over the first and over the last quarter; undefined with fewer than four samples. */
export function toQuarters(
  samples: readonly ServerSample[],
  figure: keyof ServerSample,
): { first: number; last: number } | undefined {
  const size = Math.floor(samples.length / 4);
  if (size === 0) return undefined;
  const median = (part: readonly ServerSample[]) =>
    quantile(
      part.map((sample) => sample[figure]),
      0.5,
    );
  return { first: median(samples.slice(0, size)), last: median(samples.slice(-size)) };
}
