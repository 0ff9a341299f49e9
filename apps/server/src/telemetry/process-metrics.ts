import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

import { startAtZero } from './start-at-zero.ts';

const INIT_BUCKETS_SECONDS = [0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10];
const SWEEP_BUCKETS_SECONDS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1];

export type ProcessMetrics = ReturnType<typeof createProcessMetrics>;

/** Sessions in memory and the processes that serve them. Over 100 lines: a flat list of metrics. */
export function createProcessMetrics(registers: Registry[]) {
  const metrics = {
    sessionInitDuration: new Histogram({
      name: 'csp_session_init_duration_seconds',
      help: 'Time from asking for an agent process until it was ready, by how it started',
      labelNames: ['start'],
      buckets: INIT_BUCKETS_SECONDS,
      registers,
    }),
    prewarmPoolSize: new Gauge({
      name: 'csp_prewarm_pool_size',
      help: 'Pre-warmed agent processes by profile and state',
      labelNames: ['profile', 'state'],
      registers,
    }),
    agentProcesses: new Gauge({
      name: 'csp_agent_processes',
      help: 'Agent process trees by state',
      labelNames: ['state'],
      registers,
    }),
    agentProcessRssBytes: new Gauge({
      name: 'csp_agent_process_rss_bytes',
      help: 'Resident memory of agent process trees: sum over all, and max of one',
      labelNames: ['of'],
      registers,
    }),
    agentProcessPssBytes: new Gauge({
      name: 'csp_agent_process_pss_bytes',
      help: 'Proportional memory of agent process trees: sum over all, and max of one',
      labelNames: ['of'],
      registers,
    }),
    agentProcessRestarts: new Counter({
      name: 'csp_agent_process_restarts_total',
      help: 'Agent processes that were started again, by reason',
      labelNames: ['reason'],
      registers,
    }),
    orphansEnded: new Counter({
      name: 'csp_orphans_ended_total',
      help: 'Processes of ours that nobody owned and that were ended',
      registers,
    }),
    agentProcessExcess: new Gauge({
      name: 'csp_agent_process_excess',
      help: '1 while more than twice as many agent processes run as there are live sessions and spares',
      registers,
    }),
    supervisorSweepDuration: new Histogram({
      name: 'csp_supervisor_sweep_duration_seconds',
      help: 'Time that the supervisor took to look at all processes once',
      buckets: SWEEP_BUCKETS_SECONDS,
      registers,
    }),
    prewarmStartFailures: new Gauge({
      name: 'csp_prewarm_start_failures',
      help: 'Starts of spare processes that failed in a row; 0 when the last one succeeded',
      registers,
    }),
    processQueueLength: new Gauge({
      name: 'csp_process_queue_length',
      help: 'Sessions that wait for a place among the live agent processes',
      registers,
    }),
    sessionsInMemory: new Gauge({
      name: 'csp_sessions_in_memory',
      help: 'Sessions in which something goes on, or went on a moment ago; all others are in the store only',
      registers,
    }),
    stops: new Gauge({
      name: 'csp_stops',
      help: 'What operators have stopped, by scope; node: whether this server takes no new turns',
      labelNames: ['scope'],
      registers,
    }),
    processPlaces: new Gauge({
      name: 'csp_process_places',
      help: 'Agent processes that may live at the same time, spares included',
      registers,
    }),
    sessionsExpired: new Counter({
      name: 'csp_sessions_expired_total',
      help: 'Sessions that were deleted at the end of their retention',
      registers,
    }),
  };
  startAtZero(metrics.agentProcessRestarts, 'reason', ['died', 'memory', 'requested', 'server_restarted']);
  return metrics;
}
