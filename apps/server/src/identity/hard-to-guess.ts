import { CspError } from '@claude-sdk-pattern/protocol';
import type { ZxcvbnFactory } from '@zxcvbn-ts/core';

/** Of zxcvbn's 0 to 4. Below it, a million guesses are enough. */
const MIN_SCORE = 2;
/** What is guessed first here. */
const OUR_WORDS = ['claude', 'anthropic', 'csp', 'claude-sdk-pattern'];

const SEPARATORS = /[\s@.]+/g;

let loading: Promise<ZxcvbnFactory> | undefined;

/**
 * Refuses a new password that is among the first that anybody would try: one of the 50,000 most used, a sequence, a
 * repetition, or made of what is known of the person.
 * @param known name, email address and the like
 * @throws CspError `invalid_request`
 */
export async function assertHardToGuess(password: string, known: readonly string[]): Promise<void> {
  loading ??= load();
  const words = known
    .flatMap((each) => [each, each.replaceAll(SEPARATORS, ''), ...each.split(SEPARATORS)])
    .filter((each) => each.length > 2);
  const { score } = (await loading).check(password, [...OUR_WORDS, ...words]);
  if (score >= MIN_SCORE) return;
  throw new CspError(
    'invalid_request',
    'This password is easy to guess. Choose one of several words, or a longer one.',
    {
      details: { field: 'password' },
    },
  );
}

/** Only when somebody chooses a password: the words take 100 ms and some megabytes. */
async function load(): Promise<ZxcvbnFactory> {
  const [core, common] = await Promise.all([import('@zxcvbn-ts/core'), import('@zxcvbn-ts/language-common')]);
  return new core.ZxcvbnFactory({ dictionary: common.dictionary, graphs: common.adjacencyGraphs });
}
