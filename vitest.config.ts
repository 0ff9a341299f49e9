import { availableParallelism } from 'node:os';

import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** They find what hangs: a journey of seconds takes minutes on a machine that others keep busy. */
const limits = { testTimeout: 180_000, hookTimeout: 180_000 };

/** A worker waits for its server, agents and browser half of the time, and needs up to a gigabyte for them. */
const maxWorkers = Math.min(2 * availableParallelism(), 8);

/** Files that take longest, so that none of them runs alone at the end. vitest itself knows only what has run here before. */
const LONGEST = [
  'apps/server/test/process-death.test.ts',
  'apps/server/src/store/postgres.test.ts',
  'e2e/accessibility.test.ts',
  'e2e/sessions.test.ts',
  'e2e/approvals.test.ts',
  'apps/server/test/processes.test.ts',
  'e2e/approval-card.test.ts',
  'e2e/lost-line.test.ts',
  'apps/server/test/recovery.test.ts',
  'apps/server/test/warm-pool.test.ts',
  'apps/server/test/turns.test.ts',
  'apps/server/test/session-limits.test.ts',
  'e2e/panel.test.ts',
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- it is the sequencer's own, and answers a new list
    const sorted = await super.sort(files);
    return sorted.toSorted((a, b) => rankOf(a) - rankOf(b));
  }
}

function rankOf({ moduleId }: TestSpecification): number {
  const rank = LONGEST.findIndex((path) => moduleId.endsWith(`/${path}`));
  return rank === -1 ? LONGEST.length : rank;
}

export default defineConfig({
  test: {
    maxWorkers,
    // A worker takes one file after the other, so that it imports libraries once; our own modules are made anew for each.
    isolate: false,
    sequence: { sequencer: LongestFirst },
    // In the order of their names: units are short, and fill the end.
    projects: [
      {
        test: {
          ...limits,
          // By default it gives up after a second, which is a start of an agent on a busy machine.
          expect: { poll: { timeout: 60_000, interval: 50 } },
          name: 'browser',
          include: ['e2e/**/*.test.ts'],
        },
      },
      {
        test: {
          ...limits,
          name: 'journeys',
          include: ['{packages,apps,plugins}/*/test/**/*.test.ts', '{scripts,bench,examples}/**/*.test.ts'],
        },
      },
      { test: { ...limits, name: 'units', include: ['{packages,apps,plugins}/*/src/**/*.test.{ts,tsx}'] } },
    ],
  },
});
