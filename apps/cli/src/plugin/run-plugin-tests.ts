import { fileURLToPath } from 'node:url';

const OWN_PACKAGES = /^(?:@claude-sdk-pattern\/(?:plugin-api|server)|zod)(?:\/|$)/;

/**
 * Runs the tests in the folder of a plugin by the vitest of this checkout, wherever the folder is. Exit code 1: one fails, or
 * there is none.
 * @param dir absolute
 * @throws Error where vitest is not installed, as in the image.
 */
export async function runPluginTests(dir: string): Promise<number> {
  const { startVitest } = await import('vitest/node').catch((cause: unknown) => {
    throw new Error('vitest is not installed here. Run the tests of a plugin in a checkout, not in the image', {
      cause,
    });
  });
  const vitest = await startVitest(
    'test',
    [],
    { root: dir, run: true, watch: false, config: false, maxWorkers: 2 },
    {
      plugins: [
        {
          name: 'own-packages',
          enforce: 'pre',
          resolveId: (source) => (OWN_PACKAGES.test(source) ? fileURLToPath(import.meta.resolve(source)) : undefined),
        },
      ],
    },
  );
  const testModules = vitest.state.getTestModules();
  const hasOtherErrors = vitest.state.getUnhandledErrors().length > 0;
  await vitest.close();
  const isGood = testModules.length > 0 && !hasOtherErrors && testModules.every((each) => each.ok());
  return isGood ? 0 : 1;
}
