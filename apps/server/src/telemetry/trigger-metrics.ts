import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

import { startAtZero } from './start-at-zero.ts';

export type TriggerMetrics = ReturnType<typeof createTriggerMetrics>;

const DELIVERY_OUTCOMES = ['accepted', 'repeated', 'refused', 'limited', 'closed'];

/** What starts sessions without a person: schedules and deliveries to webhooks. */
export function createTriggerMetrics(registers: Registry[]) {
  const metrics = {
    triggerRuns: new Counter({
      name: 'csp_trigger_runs_total',
      help: 'Runs of deployments by what triggered them (schedule, manual, webhook) and outcome: started, failed',
      labelNames: ['trigger', 'outcome'],
      registers,
    }),
    triggerDelay: new Histogram({
      name: 'csp_trigger_delay_seconds',
      help: 'Time from when a schedule was due until its run began',
      buckets: [0.1, 0.5, 1, 5, 10, 30, 60, 300, 3600, 86_400],
      registers,
    }),
    triggerOverdue: new Gauge({
      name: 'csp_trigger_overdue_seconds',
      help: 'How long the schedule that is due longest has been due; 0 where none is',
      registers,
    }),
    triggerDeliveries: new Counter({
      name: 'csp_trigger_deliveries_total',
      help: 'Deliveries to the webhooks of deployments by outcome: accepted, repeated, refused, limited, closed',
      labelNames: ['outcome'],
      registers,
    }),
  };
  for (const trigger of ['schedule', 'manual', 'webhook'])
    for (const outcome of ['started', 'failed']) metrics.triggerRuns.inc({ trigger, outcome }, 0);
  startAtZero(metrics.triggerDeliveries, 'outcome', DELIVERY_OUTCOMES);
  return metrics;
}
