import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

/** Every metric of the platform, to be set where its fact is known. Labels never carry anything about users or sessions. */
export interface Metrics {
  /** How long a session waited for its process. */
  sessionInitDuration: Histogram<'start'>;
  /** Spares by profile and by state: ready, starting, target. */
  prewarmPoolSize: Gauge<'profile' | 'state'>;
  /** By state: working, idle, starting, spare, unowned. */
  agentProcesses: Gauge<'state'>;
  /** Resident memory of process trees: their sum, and the largest. */
  agentProcessRssBytes: Gauge<'of'>;
  /** Proportional memory, which counts shared pages once; as last measured. */
  agentProcessPssBytes: Gauge<'of'>;
  agentProcessRestarts: Counter<'reason'>;
  orphansEnded: Counter;
  /** 1 while more than twice as many agent processes run as there are owners. */
  agentProcessExcess: Gauge;
  supervisorSweepDuration: Histogram;
  /** Starts of spares that failed in a row. */
  prewarmStartFailures: Gauge;
  /** Sessions that wait for a place. */
  processQueueLength: Gauge;
  /** Sessions that this server has open; the others are in the store only. */
  sessionsInMemory: Gauge;
  turns: Counter<'outcome'>;
  recoveries: Counter<'outcome'>;
  websocketConnections: Gauge;
  /** Sessions deleted at the end of their retention. */
  sessionsExpired: Counter;
  modelRequests: Counter<'upstream' | 'status'>;
  /** 0 closed, 1 half-open, 2 open. */
  circuitBreakerState: Gauge<'upstream'>;
  circuitBreakerTransitions: Counter<'upstream' | 'to'>;
  /** Calls of tools of MCP servers. Outcome: ok, error, failed, stopped. */
  mcpCallDuration: Histogram<'plugin' | 'server' | 'outcome'>;
  /** Outcome: connected, failed. */
  mcpServerStarts: Counter<'plugin' | 'server' | 'outcome'>;
  /** Servers that ended, or whose connection did, for a reason of their own. */
  mcpServerEnds: Counter<'plugin' | 'server'>;
  /** By outcome: confirmed, expired, dropped. */
  webhookMessages: Counter<'outcome'>;
  /** By outcome: sent, gone, failed. */
  pushMessages: Counter<'outcome'>;
  /** Calls back before every scrape, for gauges that are read only then. Returns the unsubscriber. */
  onScrape(callback: () => void): () => void;
  /** All metrics as Prometheus text, to be sent as `contentType`. */
  render(): Promise<string>;
  readonly contentType: string;
  /** Stops what measures the Node process itself. Idempotent. */
  close(): void;
}

const EVENT_LOOP_PRECISION_MS = 50;
const INIT_BUCKETS_SECONDS = [0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10];
const MCP_CALL_BUCKETS_SECONDS = [0.005, 0.02, 0.1, 0.5, 2, 10, 60, 600];
const SWEEP_BUCKETS_SECONDS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1];

/**
 * Makes a registry of its own, so that two platforms in one process do not meet.
 *
 * Over 100 lines: a flat list of metrics.
 */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const callbacks = new Set<() => void>();
  collectDefaultMetrics({ register: registry, prefix: 'csp_', eventLoopMonitoringPrecision: EVENT_LOOP_PRECISION_MS });

  return {
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
    turns: new Counter({
      name: 'csp_turns_total',
      help: 'Turns that ended, by outcome',
      labelNames: ['outcome'],
      registers,
    }),
    recoveries: new Counter({
      name: 'csp_recoveries_total',
      help: 'Turns whose process ended under them, by how the turn ended',
      labelNames: ['outcome'],
      registers,
    }),
    websocketConnections: new Gauge({
      name: 'csp_websocket_connections',
      help: 'Open WebSocket connections',
      registers,
    }),
    sessionsExpired: new Counter({
      name: 'csp_sessions_expired_total',
      help: 'Sessions that were deleted at the end of their retention',
      registers,
    }),
    modelRequests: new Counter({
      name: 'csp_model_requests_total',
      help: 'Model calls that passed the model gateway, by upstream and HTTP status; none where the upstream gave no answer',
      labelNames: ['upstream', 'status'],
      registers,
    }),
    circuitBreakerState: new Gauge({
      name: 'csp_circuit_breaker_state',
      help: 'Circuit breaker of an upstream of the model gateway: 0 closed (it takes calls), 1 half-open (one call tries it), 2 open (it gets no call)',
      labelNames: ['upstream'],
      registers,
    }),
    circuitBreakerTransitions: new Counter({
      name: 'csp_circuit_breaker_transitions_total',
      help: 'Changes of the circuit breaker of an upstream, by the state that it changed to: closed, half_open, open',
      labelNames: ['upstream', 'to'],
      registers,
    }),
    mcpCallDuration: new Histogram({
      name: 'csp_mcp_call_duration_seconds',
      help: 'Calls of tools of MCP servers by plugin, server and outcome: ok, error (its own), failed (no answer), stopped',
      labelNames: ['plugin', 'server', 'outcome'],
      buckets: MCP_CALL_BUCKETS_SECONDS,
      registers,
    }),
    mcpServerStarts: new Counter({
      name: 'csp_mcp_server_starts_total',
      help: 'Tries to start or reach an MCP server by plugin, server and outcome: connected, failed',
      labelNames: ['plugin', 'server', 'outcome'],
      registers,
    }),
    mcpServerEnds: new Counter({
      name: 'csp_mcp_server_ends_total',
      help: 'MCP servers that ended, or whose connection did, for a reason of their own',
      labelNames: ['plugin', 'server'],
      registers,
    }),
    webhookMessages: new Counter({
      name: 'csp_webhook_messages_total',
      help: 'Messages for the webhook that need no more attempts, by outcome: confirmed, expired, dropped',
      labelNames: ['outcome'],
      registers,
    }),
    pushMessages: new Counter({
      name: 'csp_push_messages_total',
      help: 'Push messages to browsers by outcome: sent, gone, failed',
      labelNames: ['outcome'],
      registers,
    }),
    onScrape(callback) {
      callbacks.add(callback);
      return () => callbacks.delete(callback);
    },
    render() {
      for (const callback of callbacks) callback();
      return registry.metrics();
    },
    contentType: registry.contentType,
    close() {
      callbacks.clear();
      registry.clear();
    },
  };
}
