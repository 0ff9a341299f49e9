import type { FaultDetails } from '../agent-process/mcp/fault.ts';
import type { McpUse } from '../agent-process/mcp/mcp-use.ts';
import { makeRoom } from '../lib/make-room.ts';

/** What of a plugin is measured: an MCP server, its tools in TypeScript included, its HTTP endpoints, or its hooks in TypeScript. */
export interface MeasuredPart {
  plugin: string;
  /** As it served when the process began, as `toServedVersion` names it. */
  version: string;
  kind: 'mcp_server' | 'endpoints' | 'hooks';
  /** Of the server; the kind for others. */
  name: string;
}

/** What a part has done since this server started. Times are milliseconds. */
export interface PartUse {
  kind: MeasuredPart['kind'];
  name: string;
  /** Connections or processes of it that are open now. */
  connected: number;
  /** Whether the last that was heard of it was that it could not be reached, or ended by itself. */
  isFailing: boolean;
  /** Calls that have ended. */
  calls: number;
  /** Of them: answered with an error, or not answered. Those that people stopped are no errors. */
  errors: number;
  /** Of the last calls, those that were stopped left out; null before the first one. */
  p50Ms: number | null;
  p95Ms: number | null;
  /** Tries to start it or to connect to it that went well. */
  starts: number;
  /** Of them: those after it had ended by itself. */
  restarts: number;
  failedStarts: number;
  lastProblem: PartProblem | null;
  lastCallAtMs: number | null;
}

/** What last went wrong with a part. */
export interface PartProblem extends FaultDetails {
  atMs: number;
  /** A clause for people. */
  text: string;
}

/** Calls, errors and times of the parts of plugins, in memory: of this server, since its start, for each served version. */
export interface PluginUse {
  /** When counting began, in milliseconds since the epoch. */
  readonly sinceMs: number;
  /** What one process or session tells of a part. Each needs one of its own. */
  of(part: MeasuredPart): McpUse;
  /** The parts of a plugin that have been used as it serves now: what went wrong before says nothing of another version. */
  list(plugin: string, version: string): PartUse[];
  /** Forgets what plugins have done that do not serve any more: one that is taken in again under such a name begins anew. */
  keepOnly(plugins: ReadonlySet<string>): void;
}

/** Further parts put out the one that was used longest ago. A part has about 4 kB. */
const MAX_PARTS = 500;
/** Of one part: enough for a percentile that says something of the last hours. */
const KEPT_TIMES = 500;
const MAX_PROBLEM_CHARS = 500;
const MAX_NAME_CHARS = 100;

interface Counted extends Omit<PartUse, 'p50Ms' | 'p95Ms' | 'connected' | 'kind' | 'name'> {
  part: MeasuredPart;
  open: Set<object>;
  /** The last ones, in the order of a ring. */
  times: number[];
  nextTime: number;
}

export function createPluginUse(clock: { now(): number }): PluginUse {
  const parts = new Map<string, Counted>();

  const touch = (part: MeasuredPart): Counted => {
    const key = JSON.stringify([part.plugin, part.version, part.kind, part.name]);
    const counted = parts.get(key) ?? toNew(part);
    parts.delete(key);
    makeRoom(parts, MAX_PARTS);
    parts.set(key, counted);
    return counted;
  };
  const toProblem = (text: string, { remedy, output }: FaultDetails = {}): PartProblem => ({
    ...{ atMs: clock.now(), text: text.slice(0, MAX_PROBLEM_CHARS) },
    ...(remedy !== undefined && { remedy }),
    ...(output !== undefined && { output }),
  });

  return {
    sinceMs: clock.now(),

    of(part) {
      const self = {};
      let hasEnded = false;
      return {
        beginCall(tool) {
          const startedMs = performance.now();
          return (outcome, problem, details) => {
            const counted = touch(part);
            counted.calls += 1;
            counted.lastCallAtMs = clock.now();
            if (outcome !== 'stopped') noteTime(counted, performance.now() - startedMs);
            if (outcome !== 'error' && outcome !== 'failed') return;
            counted.errors += 1;
            // Not what the server answers: that belongs to the people of a session.
            const told = outcome === 'error' ? 'was answered with an error' : `failed: ${problem}`;
            counted.lastProblem = toProblem(`A call of ${tool.slice(0, MAX_NAME_CHARS)} ${told}`, details);
          };
        },
        noteStart(outcome, problem, details) {
          const counted = touch(part);
          counted.isFailing = outcome === 'failed';
          if (outcome === 'failed') {
            counted.failedStarts += 1;
            if (problem !== undefined) counted.lastProblem = toProblem(problem, details);
            return;
          }
          counted.starts += 1;
          if (hasEnded) counted.restarts += 1;
          hasEnded = false;
          counted.open.add(self);
        },
        noteEnd(problem, details) {
          const counted = touch(part);
          hasEnded = true;
          counted.open.delete(self);
          Object.assign(counted, { isFailing: true, lastProblem: toProblem(problem, details) });
        },
        noteClosed() {
          touch(part).open.delete(self);
        },
      };
    },

    list: (plugin, version) =>
      [...parts.values()].filter(({ part }) => part.plugin === plugin && part.version === version).map(toUse),

    keepOnly(plugins) {
      for (const [key, { part }] of parts) if (!plugins.has(part.plugin)) parts.delete(key);
    },
  };
}

function toNew(part: MeasuredPart): Counted {
  return {
    ...{ part, open: new Set(), times: [], nextTime: 0, isFailing: false, calls: 0, errors: 0 },
    ...{ starts: 0, restarts: 0, failedStarts: 0, lastProblem: null, lastCallAtMs: null },
  };
}

function noteTime(counted: Counted, ms: number): void {
  counted.times[counted.nextTime] = ms;
  counted.nextTime = (counted.nextTime + 1) % KEPT_TIMES;
}

function toUse({ part, open, times, nextTime: _, ...counts }: Counted): PartUse {
  const sorted = times.toSorted((a, b) => a - b);
  return {
    ...{ kind: part.kind, name: part.name, connected: open.size, ...counts },
    ...{ p50Ms: findPercentile(sorted, 0.5), p95Ms: findPercentile(sorted, 0.95) },
  };
}

/** The nearest rank; null where there is none. */
function findPercentile(sorted: readonly number[], share: number): number | null {
  const rank = Math.max(0, Math.ceil(share * sorted.length) - 1);
  return sorted[rank] ?? null;
}
