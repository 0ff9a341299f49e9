import { CspError } from '@claude-sdk-pattern/protocol';

import type { SecretPlace, SecretRepository } from '../store/secrets.ts';
import { rewrap } from './envelope.ts';
import type { Keyring } from './keyring.ts';

export interface RewrapReport {
  /** Now wrapped with the current key. */
  rewrapped: number;
  /** Left as they were: the server lacks their key, or their row was changed. At most 20 are named. */
  unreadable: number;
  examples: string[];
}

const PAGE = 100;
const MAX_EXAMPLES = 20;

/**
 * Wraps every secret with the current key that another one has wrapped. Values stay as they are; servers may read and write
 * meanwhile, and several may do this at once.
 */
export async function rewrapSecrets(
  secrets: Pick<SecretRepository, 'listWrappedByOthers' | 'rewrap'>,
  keyring: Keyring,
  signal?: AbortSignal,
): Promise<RewrapReport> {
  const report: RewrapReport = { rewrapped: 0, unreadable: 0, examples: [] };
  let after: SecretPlace | undefined;
  for (;;) {
    const page = await secrets.listWrappedByOthers(keyring.current.id, { after, limit: PAGE });
    for (const secret of page) {
      try {
        // False for one that somebody has set since: it has the key of whoever set it.
        if (await secrets.rewrap(secret, secret, rewrap(keyring, secret, secret))) report.rewrapped += 1;
      } catch (error) {
        if (!(error instanceof CspError)) throw error;
        report.unreadable += 1;
        if (report.examples.length < MAX_EXAMPLES) report.examples.push(error.message);
      }
    }
    after = page.at(-1);
    if (page.length < PAGE || signal?.aborted === true) return report;
  }
}
