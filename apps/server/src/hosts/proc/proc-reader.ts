import { closeSync, openSync, readdirSync, readSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

import { isShortage } from './proc-errors.ts';
import { parsePageSize, parsePssBytes, parseStat, parseUptimeSeconds, type ProcStat } from './parse-proc.ts';

/**
 * Reads `/proc`. A method returns nothing for a process that has ended or may not be read. It throws when the server
 * lacks descriptors: then it is unknown whether the process has an owner.
 */
export interface ProcReader {
  readonly pageSize: number;
  listPids(): number[];
  readStat(pid: number): ProcStat | undefined;
  readEnviron(pid: number): string;
  /** Walks the process's page tables: costs milliseconds for a large one, so it does not block the server. */
  readPssBytes(pid: number): Promise<number | undefined>;
  uptimeSeconds(): number;
}

/** An environment may be larger; the rest is not read. */
const BUFFER_BYTES = 256 * 1024;

/**
 * Opens `/proc` for reading. Its files are made by the kernel out of memory, so reading them at once is far cheaper than
 * a round trip through the thread pool for each.
 */
export function createProcReader(root = '/proc'): ProcReader {
  const buffer = Buffer.allocUnsafe(BUFFER_BYTES);

  const read = (path: string): string => {
    let file: number;
    try {
      file = openSync(`${root}/${path}`, 'r');
    } catch (error) {
      if (isShortage(error)) throw error;
      return '';
    }
    try {
      return buffer.toString('latin1', 0, readSync(file, buffer, 0, BUFFER_BYTES, 0));
    } catch (error) {
      if (isShortage(error)) throw error;
      return '';
    } finally {
      closeSync(file);
    }
  };

  return {
    pageSize: parsePageSize(read('self/smaps')),
    listPids() {
      try {
        return readdirSync(root)
          .filter((name) => name.charCodeAt(0) <= 57 && /^\d+$/.test(name))
          .map(Number);
      } catch (error) {
        if (isShortage(error)) throw error;
        // No Linux: nothing is found.
        return [];
      }
    },
    readStat: (pid) => parseStat(read(`${pid}/stat`)),
    readEnviron: (pid) => read(`${pid}/environ`),
    async readPssBytes(pid) {
      return parsePssBytes(await readFile(`${root}/${pid}/smaps_rollup`, 'latin1').catch(() => ''));
    },
    uptimeSeconds: () => parseUptimeSeconds(read('uptime')),
  };
}
