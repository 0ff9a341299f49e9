import { StoreError } from '../store-error.ts';
import type { Snapshot } from './portable-row.ts';

/** @throws StoreError `cannot_open`, `newer_schema` when a newer version has migrated it */
export async function openSnapshot(url: string): Promise<Snapshot> {
  if (/^postgres(ql)?:\/\//.test(url)) {
    const { openPostgresSnapshot } = await import('./postgres-snapshot.ts');
    return openPostgresSnapshot(url);
  }
  const path = /^sqlite:(?:\/\/)?(.+)$/.exec(url)?.[1];
  if (path === undefined)
    throw new StoreError('cannot_open', 'The database URL must begin with sqlite: or postgres://.');
  const { openSqliteSnapshot } = await import('./sqlite-snapshot.ts');
  return openSqliteSnapshot(path);
}
