import { setTimeout as delay } from 'node:timers/promises';

import type { ToolList } from './list-tools.ts';
import type { McpConnection } from './mcp-connection.ts';
import { toProblem } from './mcp-problem.ts';
import { createRereadPace } from './reread-pace.ts';

export interface ToolRereadsDeps {
  /** The current one; undefined where there is none. */
  connection(): McpConnection | undefined;
  /** Aborts when no further reading is wanted. */
  signal: AbortSignal;
  take(list: ToolList): Promise<void>;
  /** `problem` is a clause for people. */
  onFailed(problem: string): void;
}

/** Reads the tools of a server again, when they have changed or were not all read. */
export interface ToolRereads {
  /** One reading at a time, and no more than the pace allows, however often the server reports a change. Never rejects. */
  readAgain(): Promise<void>;
}

export function createToolRereads({ connection: find, signal, take, onFailed }: ToolRereadsDeps): ToolRereads {
  const pace = createRereadPace();
  let isReading = false;
  let isOutdated = false;

  return {
    async readAgain() {
      isOutdated = true;
      if (isReading) return;
      isReading = true;
      try {
        while (isOutdated && find()) {
          await delay(pace.take(), undefined, { signal }).catch(() => undefined);
          const connection = find();
          if (signal.aborted || !connection) return;
          isOutdated = false;
          const list = await connection.listTools(signal);
          // The list of a replaced connection is ignored.
          if (connection === find()) await take(list);
        }
      } catch (error) {
        if (!signal.aborted) onFailed(toProblem(error));
      } finally {
        isReading = false;
      }
    },
  };
}
