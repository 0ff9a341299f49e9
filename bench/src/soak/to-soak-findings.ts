import type { Fact, Findings, Table } from '../findings.ts';
import type { Leftovers } from './run-soak.ts';
import { toQuarters, type ServerSample } from './watch-server.ts';

export interface SoakResult {
  ran: { minutes: number; seed: number };
  counts: Readonly<Record<string, number>>;
  problems: readonly string[];
  samples: readonly ServerSample[];
  leftovers: Leftovers;
}

/** The labels of the counts that must be zero, by their names. */
const MUST_NOT_BE = {
  'events.lost': 'Events lost',
  'events.doubled': 'Events doubled',
  'events.outOfOrder': 'Events out of order, or other than stored',
  'messages.lost': 'Messages lost to the model',
  'messages.doubled': 'Messages that stand twice in the context',
  'messages.outOfOrder': 'Sessions whose messages stand in another order',
  'messages.foreign': 'Messages of another session in the context',
  'commands.lost': 'Commands of finished turns that did not run',
  'commands.doubled': 'Commands that ran twice',
  'sessions.broken': 'Sessions that could not go on',
  'sessions.silent': 'Sessions that did not answer at the end',
} as const;

/** A generous allowance, because both samples may be taken soon after a start of the server. */
const ALLOWED_GROWTH = 1.25;
/** How many leftovers of each kind are named. */
const MAX_NAMED = 10;

/** The final table of a soak. Pure. */
export function toSoakFindings({
  ran,
  counts,
  problems,
  samples,
  leftovers,
}: SoakResult): Findings & { problems: string[] } {
  const count = (name: string) => counts[name] ?? 0;
  const sum = (prefix: string) =>
    Object.entries(counts).reduce((total, [name, value]) => total + (name.startsWith(prefix) ? value : 0), 0);
  const turns = count('turns.completed') + count('turns.interrupted') + count('turns.failed');
  const facts: Fact[] = [
    { id: 'soak.minutes', label: `Minutes, with seed ${ran.seed}`, value: ran.minutes, unit: '' },
    { id: 'soak.sessions', label: 'Sessions', value: count('sessions'), unit: '' },
    { id: 'soak.turns', label: 'Turns', value: turns, unit: '' },
    { id: 'soak.turns.interrupted', label: 'of them interrupted', value: count('turns.interrupted'), unit: '' },
    { id: 'soak.turns.recovered', label: 'of them recovered', value: count('turns.recovered'), unit: '' },
    { id: 'soak.turns.failed', label: 'of them given up', value: count('turns.failed'), unit: '' },
    { id: 'soak.agents-killed', label: 'Agent processes killed', value: count('trouble.agentKilled'), unit: '' },
    {
      id: 'soak.restarts.memory',
      label: 'Agents restarted for their memory',
      value: sum('restarts.It held more memory'),
      unit: '',
    },
    { id: 'soak.restarts', label: 'Agents restarted in a turn', value: sum('restarts.'), unit: '' },
    { id: 'soak.hibernated', label: 'Hibernations', value: sum('hibernated.'), unit: '' },
    {
      id: 'soak.server-stops',
      label: 'Rolling restarts of the server',
      value: count('trouble.serverRestarted'),
      unit: '',
    },
    { id: 'soak.server-kills', label: 'Server killed', value: count('trouble.serverKilled'), unit: '' },
    { id: 'soak.events', label: 'Events', value: count('events'), unit: '' },
    { id: 'soak.messages', label: 'Messages checked in the context', value: count('messages'), unit: '' },
    ...Object.entries(MUST_NOT_BE).map(([name, label]) => ({
      id: `soak.${name}`,
      label,
      value: count(name),
      unit: '',
      atMost: 0,
    })),
    {
      id: 'soak.orphans',
      label: 'Processes left after the stop',
      value: leftovers.processes.length,
      unit: '',
      atMost: 0,
    },
    {
      id: 'soak.agent-folders',
      label: "Agents' folders left",
      value: leftovers.agentFolders.length,
      unit: '',
      atMost: 0,
    },
    { id: 'soak.workspaces', label: 'Workspaces left', value: leftovers.workspaces.length, unit: '', atMost: 0 },
    { id: 'soak.temp-files', label: 'Temporary files left', value: leftovers.tempFiles.length, unit: '', atMost: 0 },
    ...toGrowth(samples),
  ];
  const all: Table = {
    title: 'Everything counted',
    columns: ['', ''],
    rows: Object.entries(counts)
      .toSorted(([a], [b]) => a.localeCompare(b))
      .map(([name, value]) => [name, String(value)]),
  };
  const left = Object.entries(leftovers).flatMap(([kind, names]: [string, string[]]) =>
    names.slice(0, MAX_NAMED).map((name) => `left, of ${kind}: ${name}`),
  );
  return { series: [], facts, tables: [all], problems: [...problems, ...left] };
}

function toGrowth(samples: readonly ServerSample[]): Fact[] {
  const figures = { rssMb: 'Memory of the server', fileDescriptors: 'Open files of the server' } as const;
  return Object.entries(figures).flatMap(([figure, label]) => {
    const quarters = toQuarters(samples, figure as keyof typeof figures);
    if (quarters === undefined) return [];
    const { first, last } = quarters;
    const limits = { value: last / first, unit: '×', atMost: ALLOWED_GROWTH };
    const text = `${label}, last quarter (${last.toFixed(0)}) to the first (${first.toFixed(0)})`;
    return [{ id: `soak.growth.${figure}`, label: text, ...limits }];
  });
}
