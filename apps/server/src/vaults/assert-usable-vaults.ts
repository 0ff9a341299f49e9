import { CspError } from '@claude-sdk-pattern/protocol';

import type { Actor } from '../identity/actor.ts';
import type { Repositories } from '../store/port.ts';
import { findVault } from './vault-book.ts';

/**
 * The vaults that a new session of the actor may have, each once.
 * @throws CspError `not_found` for one that is not the actor's own, `invalid_request` for an archived one
 */
export async function assertUsableVaults(
  store: Pick<Repositories, 'vaults'>,
  actor: Actor,
  ids: readonly string[],
): Promise<string[]> {
  const usable = [...new Set(ids)];
  for (const id of usable) {
    const { archivedAt } = await findVault(store, actor, { action: 'vault.read', id });
    if (archivedAt === null) continue;
    const message = `The vault ${id} is archived. Name another one`;
    throw new CspError('invalid_request', message, { details: { field: 'vault_ids' } });
  }
  return usable;
}
