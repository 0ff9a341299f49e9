import { Counter, type Registry } from 'prom-client';

import { startAtZero } from './start-at-zero.ts';

export type TraceMetrics = ReturnType<typeof createTraceMetrics>;

/** What becomes of traces, and what Claude Code reports of itself. */
export function createTraceMetrics(registers: Registry[]) {
  const metrics = {
    spansExported: new Counter({
      name: 'csp_trace_spans_exported_total',
      help: 'Spans that the collector of traces took',
      registers,
    }),
    spansDropped: new Counter({
      name: 'csp_trace_spans_dropped_total',
      help: 'Spans that were dropped, by reason: queue_full, export_failed, agent_limit (an agent process sent too many)',
      labelNames: ['reason'],
      registers,
    }),
    cliEvents: new Counter({
      name: 'csp_cli_events_total',
      help: 'Events that agent processes reported, by name: those of the table in docs/operate/tracing.md, else other',
      labelNames: ['event'],
      registers,
    }),
    cliReportsDropped: new Counter({
      name: 'csp_cli_reports_dropped_total',
      help: 'Reports of agent processes that were left out, because their session sent too much in a minute, by kind: metrics, logs',
      labelNames: ['kind'],
      registers,
    }),
    cliActive: new Counter({
      name: 'csp_cli_active_seconds_total',
      help: 'Time that agent processes say they worked, by type: cli, user',
      labelNames: ['type'],
      registers,
    }),
    cliLines: new Counter({
      name: 'csp_cli_lines_of_code_total',
      help: 'Lines of code that agent processes say they changed, by type: added, removed',
      labelNames: ['type'],
      registers,
    }),
    cliEdits: new Counter({
      name: 'csp_cli_code_edit_decisions_total',
      help: 'Calls of tools that edit files, as agent processes report them, by decision: accept, reject',
      labelNames: ['decision'],
      registers,
    }),
    cliCommits: new Counter({
      name: 'csp_cli_commits_total',
      help: 'Commits that agent processes say they made',
      registers,
    }),
    cliPullRequests: new Counter({
      name: 'csp_cli_pull_requests_total',
      help: 'Pull requests that agent processes say they opened',
      registers,
    }),
  };
  startAtZero(metrics.cliEvents, 'event', ['other']);
  startAtZero(metrics.cliReportsDropped, 'kind', ['metrics', 'logs']);
  startAtZero(metrics.cliActive, 'type', ['cli', 'user']);
  startAtZero(metrics.cliLines, 'type', ['added', 'removed']);
  startAtZero(metrics.cliEdits, 'decision', ['accept', 'reject']);
  startAtZero(metrics.spansDropped, 'reason', ['queue_full', 'export_failed', 'agent_limit']);
  return metrics;
}
