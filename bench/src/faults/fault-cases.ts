import { writeFile } from 'node:fs/promises';
import { statfs, open, rm } from 'node:fs/promises';
import { join } from 'node:path';

import Database from 'better-sqlite3';

import type { UpstreamFault } from './faulty-upstream.ts';
import type { FaultCase, FaultStage } from './run-fault.ts';

const OUTAGE_MS = 8000;
const HOUR_MS = 3_600_000;

function upstreamFault(name: string, fault: UpstreamFault, given: Partial<FaultCase> = {}): FaultCase {
  return { ...shareOfCalls(name, () => fault), ...given };
}

function shareOfCalls(name: string, faultOf: (call: number) => UpstreamFault, messages?: number): FaultCase {
  return {
    ...{ name, lastsMs: OUTAGE_MS },
    ...(messages !== undefined && { messages, lastsMs: 60_000 }),
    async begin({ upstream }) {
      const first = upstream.calls;
      upstream.faultOf = (call) => faultOf(call - first);
      return () => void (upstream.faultOf = () => ({ kind: 'none' }));
    },
  };
}

const failing: UpstreamFault = { kind: 'status', status: 500 };
const none: UpstreamFault = { kind: 'none' };

/** Faults of the model API, one server after the other. */
export const UPSTREAM_FAULTS: readonly FaultCase[] = [
  shareOfCalls('errors, 1 % of calls', (call) => (call % 100 === 50 ? failing : none), 100),
  shareOfCalls('errors, 50 % of calls', (call) => (call % 2 === 0 ? failing : none), 6),
  upstreamFault('errors, 100 % of calls', failing),
  upstreamFault('slow first byte, 3 s', { kind: 'slow', ms: 3000 }, { messages: 1 }),
  upstreamFault('stalls in mid-stream', { kind: 'stall' }),
  upstreamFault('answers cut in mid-stream', { kind: 'cut' }),
  upstreamFault('429 with `retry-after: 2`', { kind: 'status', status: 429, retryAfterSeconds: 2 }),
  upstreamFault('malformed SSE', { kind: 'malformed' }),
  upstreamFault('error event in mid-stream', { kind: 'errorEvent' }),
  {
    ...{ name: 'connection refused', lastsMs: OUTAGE_MS },
    async begin({ upstream }) {
      await upstream.refuse();
      return () => upstream.listen();
    },
  },
];

/** The disk of the server's data has no room for a byte. */
export const DISK_FULL: FaultCase = {
  ...{ name: 'disk full', lastsMs: OUTAGE_MS },
  async begin({ server }: FaultStage) {
    const path = join(server.dataDir, '..', 'ballast');
    const file = await open(path, 'w');
    const block = Buffer.alloc(64 * 1024);
    const { bavail, bsize } = await statfs(server.dataDir);
    let left = bavail * bsize;
    // The last pages go one by one.
    while (left > 0) {
      const { bytesWritten } = await file
        .write(block, 0, Math.min(left, block.length))
        .catch(() => ({ bytesWritten: 0 }));
      if (bytesWritten === 0) break;
      left -= bytesWritten;
    }
    await file.close();
    return () => rm(path);
  },
};

export const DATABASE_LOCKED: FaultCase = {
  ...{ name: 'SQLite locked by another process', lastsMs: OUTAGE_MS },
  async begin({ server }: FaultStage) {
    const other = new Database(join(server.dataDir, 'csp.db'));
    other.pragma('busy_timeout = 5000');
    other.exec('begin immediate');
    return () => {
      other.exec('rollback');
      other.close();
    };
  },
};

/** @param killBackend ends one process of the database by SIGKILL, after which it ends all connections and recovers */
export function databaseRestarts(killBackend: () => Promise<void>): FaultCase {
  return {
    ...{ name: 'PostgreSQL restarts, every second', lastsMs: OUTAGE_MS },
    async begin() {
      await killBackend();
      const timer = setInterval(() => void killBackend().catch(() => undefined), 1000);
      return () => clearInterval(timer);
    },
  };
}

export function clockJump(name: string, hours: number, clockFile: string): FaultCase {
  return {
    ...{ name, lastsMs: 3000 },
    async begin() {
      await writeFile(clockFile, String(hours * HOUR_MS));
      return () => writeFile(clockFile, '0');
    },
  };
}
