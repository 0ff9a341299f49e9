import { closeSync, ftruncateSync, openSync, readFileSync, renameSync, writeFileSync, writeSync } from 'node:fs';

import type { Logger } from '../telemetry/logger.ts';
import type { MeteredRequest } from './metered-request.ts';

/** Lines of stored calls are dropped from the file at this size; it is empty again whenever nothing waits. */
const COMPACT_BYTES = 1024 * 1024;

/**
 * What model calls have used, in a file, until the database has it. So a server that is killed in the middle of an
 * answer loses no cost: the file needs no `fsync`, since it has only to outlast the process.
 */
export interface UsageSpool {
  /** What the calls of a dead server have used, by its last notes; they are kept until they are forgotten. */
  readonly left: readonly MeteredRequest[];
  /** Notes what a call has used so far; the last note counts. A full disk is logged, and stops nothing. */
  note(request: MeteredRequest): void;
  /** The database has these. */
  forget(ids: Iterable<string>): void;
  close(): void;
}

/** Opens the file at `path`, which one server at a time may have. @throws Error when it can be neither read nor made. */
export function openUsageSpool({ path, logger }: { path: string; logger: Logger }): UsageSpool {
  const left = readLeft(path);
  const lines = new Map(left.map((request) => [request.id, toLine(request)]));
  let file = -1;
  let bytes = 0;
  const rewrite = () => {
    const content = [...lines.values()].join('');
    writeFileSync(`${path}.new`, content, { mode: 0o600 });
    renameSync(`${path}.new`, path);
    if (file !== -1) closeSync(file);
    file = openSync(path, 'a');
    bytes = Buffer.byteLength(content);
  };
  rewrite();

  const guard = (act: () => void) => {
    try {
      act();
    } catch (error) {
      logger.error({ err: error }, 'what a model call has used was not noted in the file');
    }
  };

  return {
    left,
    note(request) {
      const line = toLine(request);
      lines.set(request.id, line);
      guard(() => {
        if (bytes > COMPACT_BYTES) rewrite();
        else bytes += writeSync(file, line);
      });
    },
    forget(ids) {
      for (const id of ids) lines.delete(id);
      if (lines.size > 0 || bytes === 0) return;
      guard(() => {
        ftruncateSync(file, 0);
        bytes = 0;
      });
    },
    close: () => closeSync(file),
  };
}

function toLine({ holder, ...request }: MeteredRequest): string {
  const { sessionId, ownerId, agentId } = holder;
  return `${JSON.stringify({ ...request, holder: { sessionId, ownerId, agentId } })}\n`;
}

function readLeft(path: string): MeteredRequest[] {
  const byId = new Map<string, MeteredRequest>();
  for (const line of readText(path).split('\n')) {
    const request = parseLine(line);
    if (request !== undefined) byId.set(request.id, request);
  }
  return [...byId.values()];
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

/** The last line may be cut. What is in JSON is what `toLine` wrote. */
function parseLine(line: string): MeteredRequest | undefined {
  try {
    return JSON.parse(line) as MeteredRequest;
  } catch {
    return undefined;
  }
}
