import type { AttentionItem, HealthPart, HealthPartName, StopImpact, StopScope } from '@claude-sdk-pattern/protocol';

import { formatDuration } from '../../ui/format.ts';

const count = (many: number, one: string, more: string) => `${many.toLocaleString('en')} ${many === 1 ? one : more}`;
const share = (value: number) => `${Math.round(value * 100)} %`;

const STOPS: Record<
  StopScope,
  {
    option: string;
    help: string;
    submit: string;
    title: (name: string) => string;
    does: (impact: StopImpact) => string;
  }
> = {
  platform: {
    option: 'Everything',
    help: 'Every agent of everybody, on all servers.',
    submit: 'Stop all agents',
    title: () => 'All agents are stopped',
    does: (impact) => `${endsTurns(impact)} Nobody can begin a new turn.`,
  },
  user: {
    option: 'A person',
    help: 'All agents of one person, on all servers.',
    submit: 'Stop this person’s agents',
    title: (name) => `The agents of ${name} are stopped`,
    does: (impact) => `${endsTurns(impact)} This person can begin no new turn.`,
  },
  agent: {
    option: 'An agent',
    help: 'All sessions that use one agent, whoever has them.',
    submit: 'Stop this agent',
    title: (name) => `The agent ${name} is stopped`,
    does: (impact) => `${endsTurns(impact)} Nobody can begin a new turn with this agent.`,
  },
  plugin: {
    option: 'A plugin',
    help: 'Its tools, hooks and endpoints. The work of agents goes on without it.',
    submit: 'Stop this plugin',
    title: (name) => `The plugin ${name} is stopped`,
    does: ({ turns, processes }) =>
      `Replaces ${count(processes, 'agent process', 'agent processes')} on this server by ones without it; ${count(turns, 'running turn goes on', 'running turns go on')} there. New processes get nothing of it.`,
  },
  node: {
    option: 'Drain this server',
    help: 'Takes the server that you are connected to out of service, gently.',
    submit: 'Drain this server',
    title: () => 'This server is taken out of service',
    does: ({ turns }) =>
      `Lets ${count(turns, 'running turn', 'running turns')} finish and begins no new one here. Then the server can be ended.`,
  },
};

function endsTurns({ turns, people, processes, waiting }: StopImpact): string {
  const ends =
    turns === 0
      ? 'No turn runs now.'
      : `Stops ${count(turns, 'running turn', 'running turns')} of ${count(people, 'person', 'people')}.`;
  return [
    ends,
    ...(processes > 0 ? [`Ends ${count(processes, 'agent process', 'agent processes')} on this server.`] : []),
    ...(waiting > 0 ? [`${count(waiting, 'session keeps', 'sessions keep')} messages that wait.`] : []),
  ].join(' ');
}

/** Texts of the overview, of stops and upstreams. */
export const t = {
  title: 'Overview',
  failed: 'The overview could not be loaded.',
  waiting: 'Asking the server…',
  stale: (seconds: string) => `Last heard ${seconds} ago`,
  live: 'Live',
  nodes: {
    serving: 'Serving',
    draining: 'Draining: turns that run may finish',
    drained: 'Drained: no turn runs, it can be ended',
  },
  running: (since: string) => `running for ${since}`,
  attention: {
    title: 'Needs attention',
    none: 'Nothing needs you',
    noneHelp: 'Whatever does, from a full disk to a budget that is nearly spent, stands here.',
    noneElse: 'Nothing else needs you',
    noneElseHelp: 'What is stopped stands above, until somebody lifts it.',
    since: (ago: string) => `for ${ago}`,
    severities: { critical: 'Urgent', warning: 'Look at it' },
  },
  load: {
    title: 'Load',
    turns: 'Turns running',
    turnsHelp: (waiting: number) => (waiting === 0 ? 'none waits for people' : `${waiting} wait for people`),
    processes: 'Agent processes',
    processesHelp: (spares: number, wanted: number) =>
      wanted === 0 && spares === 0 ? 'no spares' : `${spares} of ${wanted} spares ready`,
    of: (used: number, all: number) => `${used} of ${all}`,
    queue: 'Waiting for a process',
    queueHelp: (asleep: number) => `${count(asleep, 'session', 'sessions')} asleep`,
    cpu: 'Processors',
    cpuHelp: (cpus: number) => `of ${count(cpus, 'processor', 'processors')}`,
    memory: 'Memory',
    memoryHelp: (agents: string) => `${agents} by agents`,
    lag: 'Reaction',
    lagHelp: 'at most this late, in 99 of 100 cases',
    ms: (value: number) => `${value} ms`,
    share,
  },
  spending: {
    title: 'Spent today',
    calls: (calls: number) => count(calls, 'model call', 'model calls'),
    unpriced: (calls: number) => `${count(calls, 'call has', 'calls have')} no price and are left out`,
    noBudget: 'No budget limits the platform',
    setBudget: 'Set a budget',
    ofBudget: (spent: string, limit: string, period: 'day' | 'month' | 'total') =>
      `${spent} of ${limit} ${{ day: 'today', month: 'this month', total: 'in all' }[period]}`,
    usage: 'Usage',
  },
  health: {
    title: 'Health',
    states: { ok: 'Well', warn: 'Strained', bad: 'Failing' },
    parts: {
      database: 'Database',
      disk: 'Disk',
      model_api: 'Model API',
      processes: 'Agent processes',
      event_loop: 'Server',
      plugins: 'Plugins',
      webhook: 'Webhook',
    } satisfies Record<HealthPartName, string>,
  },
  stops: {
    title: 'Stopped now',
    button: 'Stop work…',
    dialog: 'Stop work',
    dialogHelp: 'At once, on every server, until somebody lifts it. No message is lost.',
    scope: 'What to stop',
    scopes: STOPS,
    person: 'Person',
    agent: 'Agent',
    plugin: 'Plugin',
    choose: 'Choose…',
    chooseFirst: 'Choose above, and this says how many turns and people it concerns.',
    noTargets: 'They could not be loaded',
    reason: 'Why',
    reasonHelp: 'The people whose work it stops read this, and it is in the audit log.',
    counting: 'Counting what it concerns…',
    happens: 'What happens',
    kept: 'New messages are refused with your reason; messages that wait are kept until it is lifted.',
    lift: 'Lift',
    resume: 'Resume',
    liftOf: (what: string) => `Lift: ${what}`,
    liftTitle: 'Lift this stop?',
    liftHelp: 'New turns begin again, and messages that waited are taken at once.',
    by: (name: string, ago: string) => `by ${name}, ${ago}`,
    somebody: 'somebody',
    failed: 'Not lifted.',
    done: 'Stopped.',
    lifted: 'Lifted.',
  },
};

export function describeValue({ part, value }: HealthPart): string {
  if (value === null) return part === 'database' ? 'does not answer' : '';
  switch (part) {
    case 'database':
    case 'event_loop':
      return `${value} ms`;
    case 'disk':
      return `${share(value)} free`;
    case 'model_api':
      return value === 0 ? 'all upstreams take calls' : `${count(value, 'upstream takes', 'upstreams take')} no calls`;
    case 'processes':
      return value === 0 ? 'none waits' : count(value, 'session waits', 'sessions wait');
    case 'plugins':
      return value === 0 ? 'none fails' : `${value} fail`;
    case 'webhook':
      return value === 0 ? 'nothing is stuck' : `${count(value, 'message is', 'messages are')} not confirmed`;
  }
}

/** What it is, and where one acts on it. */
export function describeAttention({ kind, subject, subject_id: id, value }: AttentionItem): {
  text: string;
  href: string;
} {
  const many = value ?? 0;
  switch (kind) {
    case 'stopped':
      return { text: subject === null ? 'All agents are stopped' : `Stopped: ${subject}`, href: '#stops' };
    case 'draining':
      return { text: 'This server takes no new turns', href: '#stops' };
    case 'model_outage':
      return { text: 'The model API does not answer: new turns are refused', href: '/operate/upstreams' };
    case 'upstream_open':
      return { text: `The upstream “${subject}” gets no calls`, href: '/operate/upstreams' };
    case 'budget_reached':
      return { text: `The budget of ${subject ?? 'the platform'} is spent`, href: '/operate/budgets' };
    case 'budget_near':
      return {
        text: `${share(many)} of the budget of ${subject ?? 'the platform'} is spent`,
        href: '/operate/budgets',
      };
    case 'plugin_failed':
      return { text: `The plugin ${subject} does not work`, href: `/operate/plugins/${encodeURIComponent(id ?? '')}` };
    case 'approval_waits':
      return {
        text: `${count(many, 'tool call waits', 'tool calls wait')} for an answer, the first one long`,
        href: '/approvals',
      };
    case 'disk_low':
      return { text: `The disk has only ${share(many)} free`, href: '/operate/settings?q=DATA_DIR' };
    case 'webhook_fails':
      return {
        text: `${count(many, 'message', 'messages')} to the webhook cannot be delivered`,
        href: '/operate/settings?q=WEBHOOK',
      };
    case 'deployments_fail':
      return {
        text: count(many, 'deployment failed in its last run', 'deployments failed in their last runs'),
        href: '/operate/audit?action=deployment.run',
      };
    case 'agent_crashes':
      return { text: `The agent ${subject} lost ${many} processes within 15 minutes`, href: '/operate/processes' };
    case 'spares_fail':
      return {
        text: `Agent processes do not start: ${count(many, 'failure', 'failures')} in a row`,
        href: '/operate/processes',
      };
    case 'sessions_queue':
      return {
        text: `${count(many, 'session waits', 'sessions wait')} for an agent process`,
        href: '/operate/processes',
      };
    case 'event_loop_slow':
      return { text: `The server reacts ${formatDuration(many, true)} late`, href: '/operate/processes' };
    case 'calls_unpriced':
      return { text: `${count(many, 'model call', 'model calls')} of today without a price`, href: '/usage?of=all' };
  }
}
