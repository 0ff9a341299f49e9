import { defineConfig } from 'vitest/config';

const limits = { testTimeout: 60_000, hookTimeout: 60_000 };

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      {
        test: {
          ...limits,
          name: 'code',
          include: ['{packages,apps,plugins}/*/{src,test}/**/*.test.{ts,tsx}', '{scripts,bench,examples}/**/*.test.ts'],
          sequence: { groupOrder: 0 },
        },
      },
      {
        // Browser journeys measure and wait on real time, so they run one at a time and after everything else.
        test: {
          ...limits,
          testTimeout: 120_000,
          // By default it gives up after a second, which is a start of an agent on a busy machine.
          expect: { poll: { timeout: 20_000, interval: 50 } },
          name: 'browser',
          include: ['e2e/**/*.test.ts'],
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
