import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

import { startAtZero } from './start-at-zero.ts';

const FIRST_TEXT_BUCKETS_SECONDS = [0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10, 20, 60];
const TURN_BUCKETS_SECONDS = [0.5, 1, 2, 5, 10, 30, 60, 120, 300, 900, 3600];
const TOOL_BUCKETS_SECONDS = [0.01, 0.05, 0.2, 1, 5, 20, 60, 300, 1200];
const ANSWER_BUCKETS_SECONDS = [2, 5, 10, 30, 60, 300, 900, 3600, 14_400, 86_400];

export type TurnMetrics = ReturnType<typeof createTurnMetrics>;

/** What happens in turns: their time, their tool calls, and the people who are asked. */
export function createTurnMetrics(registers: Registry[]) {
  const metrics = {
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
    turnDuration: new Histogram({
      name: 'csp_turn_duration_seconds',
      help: 'Time of turns from their message until the session is idle again, by outcome; waits for people included',
      labelNames: ['outcome'],
      buckets: TURN_BUCKETS_SECONDS,
      registers,
    }),
    firstText: new Histogram({
      name: 'csp_turn_first_text_seconds',
      help: 'Time from the beginning of a turn until the first text of its answer, by how its process started; live where it ran already',
      labelNames: ['start'],
      buckets: FIRST_TEXT_BUCKETS_SECONDS,
      registers,
    }),
    toolCalls: new Counter({
      name: 'csp_tool_calls_total',
      help: 'Tool calls that ended, by tool (built-in ones by name, then mcp, custom, other) and outcome: ok, error, denied',
      labelNames: ['tool', 'outcome'],
      registers,
    }),
    toolCallDuration: new Histogram({
      name: 'csp_tool_call_duration_seconds',
      help: 'Time of tool calls from the call, or from its approval, until the result; denied ones left out',
      labelNames: ['tool'],
      buckets: TOOL_BUCKETS_SECONDS,
      registers,
    }),
    approvalsRequested: new Counter({
      name: 'csp_approvals_requested_total',
      help: 'Tool calls and questions that people were asked about',
      registers,
    }),
    approvalsAnswered: new Counter({
      name: 'csp_approvals_answered_total',
      help: 'Ends of requests for approval, by outcome: allowed, denied, expired, cancelled',
      labelNames: ['outcome'],
      registers,
    }),
    approvalAnswer: new Histogram({
      name: 'csp_approval_answer_seconds',
      help: 'Time until people answered a request for approval',
      buckets: ANSWER_BUCKETS_SECONDS,
      registers,
    }),
    approvalsWaiting: new Gauge({
      name: 'csp_approvals_waiting',
      help: 'Requests for approval that wait for an answer, in sessions that this server has open',
      registers,
    }),
  };
  startAtZero(metrics.turns, 'outcome', ['completed', 'interrupted', 'failed']);
  startAtZero(metrics.recoveries, 'outcome', ['completed', 'interrupted', 'failed']);
  startAtZero(metrics.approvalsAnswered, 'outcome', ['allowed', 'denied', 'expired', 'cancelled']);
  return metrics;
}
