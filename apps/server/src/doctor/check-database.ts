import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { dirname } from 'node:path';
import { openStore } from '../store/open-store.ts';
import { isStoreError } from '../store/store-error.ts';
import { type CheckResult, toOk, toProblem } from './check-result.ts';

const NAME = 'Database';

/**
 * Checks that the database opens and answers, bringing its schema up to date as a start would. A SQLite file that does
 * not exist yet is not made: then only its place is checked.
 */
export async function checkDatabase(url: string): Promise<CheckResult> {
  const path = /^sqlite:(.+)$/.exec(url)?.[1];
  if (path !== undefined && !(await canAccess(path, constants.F_OK))) return checkPlace(path);
  try {
    await using store = await openStore({ url });
    await store.ping();
    return toOk(NAME, path === undefined ? `${store.kind} answers` : `${path} opens and answers`);
  } catch (error) {
    return toProblem(NAME, 'failed', {
      detail: error instanceof Error ? error.message : String(error),
      remedy: toRemedy(error, path),
    });
  }
}

async function checkPlace(path: string): Promise<CheckResult> {
  const folder = await findExistingParent(path);
  if (await canAccess(folder, constants.W_OK)) return toOk(NAME, `${path} will be made at the first start`);
  return toProblem(NAME, 'failed', {
    detail: `${path} cannot be made: ${folder} is not writable`,
    remedy: `Give this user write access to ${folder}, or set CLAUDE_SDK_PATTERN_DATA_DIR to another folder.`,
  });
}

async function findExistingParent(path: string): Promise<string> {
  const parent = dirname(path);
  if (parent === path || (await canAccess(parent, constants.F_OK))) return parent;
  return findExistingParent(parent);
}

async function canAccess(path: string, mode: number): Promise<boolean> {
  try {
    await access(path, mode);
    return true;
  } catch {
    return false;
  }
}

function toRemedy(error: unknown, path: string | undefined): string {
  if (isStoreError(error, 'newer_schema')) return 'Run the version that wrote this database, or a newer one.';
  if (isStoreError(error, 'corrupt')) return 'Restore the data directory from a backup.';
  if (isStoreError(error, 'disk_full')) return 'Free some space on the disk of the database.';
  if (path === undefined)
    return 'Check CLAUDE_SDK_PATTERN_DATABASE_URL, and that PostgreSQL runs and lets this user in.';
  return `Give this user write access to ${path} and its folder.`;
}
