import { Counter, type Registry } from 'prom-client';

import { startAtZero } from './start-at-zero.ts';

export type NoticeMetrics = ReturnType<typeof createNoticeMetrics>;

/** What people and programs are told outside of their sessions. */
export function createNoticeMetrics(registers: Registry[]) {
  const metrics = {
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
  };
  startAtZero(metrics.webhookMessages, 'outcome', ['confirmed', 'expired', 'dropped']);
  startAtZero(metrics.pushMessages, 'outcome', ['sent', 'gone', 'failed']);
  return metrics;
}
