import { loadConfig } from '@claude-sdk-pattern/server/config/load-config';
import { issueSignInLink } from '@claude-sdk-pattern/server/sign-in-link';
import type { CliContext } from './cli-context.ts';
import { tellFailure } from './tell-failure.ts';

/**
 * `csp sign-in-link`: prints a new one-time link for a person who cannot sign in. Exit code 1 if the database cannot be
 * opened.
 */
export async function signInLink(context: CliContext): Promise<number> {
  const { environment, print } = context;
  try {
    print(await issueSignInLink(loadConfig(environment)));
    return 0;
  } catch (error) {
    return tellFailure(context, error);
  }
}
