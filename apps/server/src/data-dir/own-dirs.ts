import type { Config } from '../config/load-config.ts';

/** The folders that hold the data of this server: they are granted to nobody, and a backup does not lie in them. */
export function listOwnDirs({ dataDir, sharedDir }: Pick<Config, 'dataDir' | 'sharedDir'>): string[] {
  return sharedDir === undefined ? [dataDir] : [dataDir, sharedDir];
}
