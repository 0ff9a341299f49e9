import type { AuditLog } from '../../audit/audit-log.ts';
import type { Identity } from '../../identity/identity.ts';
import type { AuditEntry, AuditListOptions } from '../../store/audit.ts';

export interface PartyNamesDeps {
  audit: Pick<AuditLog, 'list'>;
  findUserNames: Identity['findUserNames'];
}

/** Ids that are looked up in the log itself for one page, each by an index. */
const MAX_LOOKUPS = 100;

/**
 * The names of the people and API keys that entries speak of, by id. Of who was removed, and of keys, the log itself has
 * the name. Names are not part of the chain: a person may have another one by now.
 */
export async function nameParties(
  { audit, findUserNames }: PartyNamesDeps,
  entries: readonly AuditEntry[],
): Promise<Record<string, string>> {
  const users = new Set<string>();
  const keys = new Set<string>();
  for (const { actor, target } of entries) {
    for (const { type, id } of [actor, target]) {
      if (id === null) continue;
      if (type === 'user') users.add(id);
      if (type === 'api_key') keys.add(id);
    }
  }
  const names = new Map(await findUserNames([...users]));
  const removed = [...users].filter((id) => !names.has(id));
  const wanted: Pick<AuditListOptions, 'action' | 'target'>[] = [
    ...removed.map((target) => ({ action: 'user.delete', target })),
    ...[...keys].map((target) => ({ action: 'api_key.create', target })),
  ];
  for (const { action, target } of wanted.slice(0, MAX_LOOKUPS)) {
    const [told] = await audit.list({ action, target, limit: 1 });
    const name = told && readName(told.details);
    if (name !== undefined && target !== undefined) names.set(target, name);
  }
  return Object.fromEntries(names);
}

/** Text that was tampered with names nobody. */
function readName(details: string): string | undefined {
  try {
    const { name } = JSON.parse(details) as { name?: unknown };
    return typeof name === 'string' ? name : undefined;
  } catch {
    return undefined;
  }
}
