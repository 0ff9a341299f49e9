import type { Findings } from '../findings.ts';
import type { BenchContext } from '../series.ts';
import { measureAuditCost } from './audit-cost.ts';
import { measureCreationRate } from './creation-rate.ts';
import { measureFirstTurns } from './first-turn.ts';
import { measureGatewayLatency } from './gateway-latency.ts';
import { measureHibernation } from './hibernation.ts';
import { measureLaterTurns } from './later-turns.ts';
import { measureOutsideTurns } from './outside-turns.ts';
import { measurePermissionGate } from './permission-gate.ts';
import { measurePluginCalls } from './plugin-calls.ts';
import { measureMillionFiles } from './million-files.ts';
import { measurePluginFaults } from './plugin-faults.ts';
import { measurePluginStarts } from './plugin-starts.ts';
import { measureProcessMemory } from './process-memory.ts';
import { measureServerMemory } from './server-memory.ts';
import { measureSnapshots } from './snapshots.ts';
import { measureStarts } from './starts.ts';
import { measureTenAtOnce } from './ten-at-once.ts';
import { measureFiles } from '../web/files.ts';
import { measureWeb } from '../web/measure-web.ts';
import { measureWire } from '../wire/measure-wire.ts';

/** The reports that suites are written to, by the name of the file. */
export const REPORT_TITLES = {
  latest: 'What the platform adds to the bare Agent SDK',
  processes: 'Agent processes: starts, memory, hibernation',
  wire: 'The wire beside raw ws',
  web: 'The web app in Chromium, against its budgets',
} as const;

export interface Suite {
  report: keyof typeof REPORT_TITLES;
  title: string;
  /** How to read the figures. */
  note: string;
  measure: (context: BenchContext) => Promise<Findings>;
}

/** Every suite by its name, in the order in which they run. */
export const SUITES: Readonly<Record<string, Suite>> = {
  'later-turns': {
    report: 'latest',
    title: 'Later turns',
    note: 'One live conversation on each side, turn by turn in alternation.',
    measure: async (context) => ({ series: await measureLaterTurns(context) }),
  },
  'outside-turns': {
    report: 'latest',
    title: 'Later turns, as a program outside sees them',
    note: 'Bare SDK, a plain WebSocket client and an upstream that answers in one piece share one process; turn by turn in alternation.',
    measure: async (context) => ({ series: await measureOutsideTurns(context) }),
  },
  'first-turns': {
    report: 'latest',
    title: 'First turns',
    note: 'Each in a process of its own that ends before the next starts; the platform without spares.',
    measure: async (context) => ({ series: await measureFirstTurns(context) }),
  },
  gateway: {
    report: 'latest',
    title: 'Model gateway',
    note: 'One streaming call, straight to the model, through a bare proxy, and through the gateway with two budgets, metering and metrics: as it is, with PostgreSQL, and without its circuit breaker, in turn. The aim is at most 0.7 ms more to the first byte, and from an open breaker an answer within 10 ms.',
    measure: measureGatewayLatency,
  },
  gate: {
    report: 'latest',
    title: 'Permission gate',
    note: 'Decisions about seven calls as agents make them, without rules and with 1,000 in turn. The aim is that rules add less than 0.3 ms at the median.',
    measure: async (context) => ({ series: await measurePermissionGate(context) }),
  },
  audit: {
    report: 'latest',
    title: 'Audit log',
    note: 'A tool call as two appends of its events, without and with its two facts, in blocks of 1.5 s in turn; the chain is written meanwhile. The sessions do nothing else, so each call waits for the facts of all of them. The aim is that a call takes less than 1 ms longer.',
    measure: measureAuditCost,
  },
  plugins: {
    report: 'latest',
    title: 'Tools of plugins',
    note: 'One call of a tool in TypeScript, over MCP, in a process and a thread of its own and in this process, by turns. The aim is that isolation adds at most 2 ms at the median.',
    measure: async (context) => ({ series: await measurePluginCalls(context) }),
  },
  memory: {
    report: 'latest',
    title: 'Server memory',
    note: 'Of the server process alone; agent processes come on top. PSS divides shared pages among their users.',
    measure: async (context) => ({ series: await measureServerMemory(context) }),
  },
  starts: {
    report: 'processes',
    title: 'Start latency by path',
    note: 'The first turn on every path to a process, from the message to the first text and to the end of the turn, each alone on the machine. Processor time is of the agent and all its children.',
    measure: measureStarts,
  },
  'plugin-starts': {
    report: 'processes',
    title: 'Starts with plugins',
    note: 'The server until it is ready, without plugins and with 50 that bring a skill, a command, a subagent and a hook each; and the first turn on a warm spare without MCP servers and with ten as processes. By turns.',
    measure: async (context) => ({ series: await measurePluginStarts(context) }),
  },
  snapshots: {
    report: 'processes',
    title: 'States of a workspace of 50,000 files',
    note: 'Each is asked for over HTTP, which records the files and compares them with the first state. Then later turns, with states recorded at the end of each and without, by turns. The aim is 150 ms where nothing changed, and nothing added to the first text. `git status` alone, without a sandbox and a server, takes turns with the unchanged state.',
    measure: async (context) => ({ series: await measureSnapshots(context) }),
  },
  'million-files': {
    report: 'processes',
    title: 'A workspace with a million files',
    note: 'A third of them in one folder, the rest in a thousand, beside pipes, sockets, devices, links to outside, names with every byte and a path 3,000 folders deep, on a disk in memory. Meanwhile `/health/live` is asked without pause.',
    measure: measureMillionFiles,
  },
  'plugin-faults': {
    report: 'processes',
    title: 'Plugins that fail',
    note: 'Each fault in a session of its own, which is stopped where a call does not answer and must then go on. Meanwhile `/health/ready` is asked without pause; the processes of the fault share the cores with the server.',
    measure: measurePluginFaults,
  },
  'ten-at-once': {
    report: 'processes',
    title: 'Ten sessions at once',
    note: 'Ten sessions created in one moment, each with a first message, against ten bare cold starts in one moment: time to the first text of each.',
    measure: measureTenAtOnce,
  },
  'creation-rate': {
    report: 'processes',
    title: 'Sustainable rate of new sessions',
    note: 'New conversations at a fixed rate, each ended after its first turn. A rate is kept up while 95 % of first texts come within twice the time of a bare cold start on its own.',
    measure: measureCreationRate,
  },
  'process-memory': {
    report: 'processes',
    title: 'Memory of agent processes',
    note: 'RSS counts shared pages in every process, PSS once among all that share them: the sum of PSS is what the machine gives.',
    measure: measureProcessMemory,
  },
  hibernation: {
    report: 'processes',
    title: 'Hibernated sessions, woken at random',
    note: 'Many conversations on six processes. A woken session must recall all that it was told, each message once, and nothing else; every client must have seen every stored event once and in order.',
    measure: measureHibernation,
  },
  relay: {
    report: 'wire',
    title: 'Relaying, latency, idle connections, replay, appends',
    note: 'The gateway in front of a real journal, and raw `ws` with the same bytes, in one run; clients live in a process of their own. Relayed events come from 50 new sessions, and each is durable before it is sent. A ratio of 1.43 is 0.7 of the rate of raw `ws`. Bare SQLite, then raw `ws`, is the least that storing first can cost: a table without indexes, written and flushed 50 rows at a time, in the same process.',
    measure: measureWire,
  },
  chromium: {
    report: 'web',
    title: 'First load, opening, streaming, long sessions, reconnecting, idling',
    note: 'The built app on a real server, in headless Chromium with software rendering, on the same cores as the server, the agent process and the model. Nothing is cached when a page is opened. A frame is the time between two animation frames: 16.7 ms where none is missed. The floor is what the same browser makes, in the same run, of a page with nothing of ours.',
    measure: measureWeb,
  },
  files: {
    report: 'web',
    title: 'Two people look at the files that an agent writes',
    note: 'Each in a browser of its own, with software rendering and on the same cores as everything else, beside an empty page in a third browser. On a busy machine the frames of all three are fewer; the processor time of the main thread is not, and says what a page by itself would draw: a task below 33 ms leaves 30 frames a second.',
    measure: measureFiles,
  },
};
