import { Gauge, Registry, collectDefaultMetrics } from 'prom-client';

import { createDoorMetrics, type DoorMetrics } from './door-metrics.ts';
import { createModelMetrics, type ModelMetrics } from './model-metrics.ts';
import { createNoticeMetrics, type NoticeMetrics } from './notice-metrics.ts';
import { createPluginMetrics, type PluginMetrics } from './plugin-metrics.ts';
import { createProcessMetrics, type ProcessMetrics } from './process-metrics.ts';
import { createStoreMetrics, type StoreMetrics } from './store-metrics.ts';
import { createTriggerMetrics, type TriggerMetrics } from './trigger-metrics.ts';
import { createTraceMetrics, type TraceMetrics } from './trace-metrics.ts';
import { createTurnMetrics, type TurnMetrics } from './turn-metrics.ts';

/** Every metric of the platform, to be set where its fact is known. Labels never carry anything about users or sessions. */
export interface Metrics
  extends
    DoorMetrics,
    ModelMetrics,
    NoticeMetrics,
    PluginMetrics,
    ProcessMetrics,
    StoreMetrics,
    TriggerMetrics,
    TraceMetrics,
    TurnMetrics {
  /** 1, with the version of the server. */
  buildInfo: Gauge<'version'>;
  /** Calls back before every scrape, which waits for it, for gauges that are read only then. Must not reject. Returns the unsubscriber. */
  onScrape(callback: () => void | Promise<void>): () => void;
  /** All metrics as Prometheus text, to be sent as `contentType`. */
  render(): Promise<string>;
  readonly contentType: string;
  /** Stops what measures the Node process itself. Idempotent. */
  close(): void;
}

const EVENT_LOOP_PRECISION_MS = 50;

/** Makes a registry of its own, so that two platforms in one process do not meet. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const callbacks = new Set<() => void | Promise<void>>();
  collectDefaultMetrics({ register: registry, prefix: 'csp_', eventLoopMonitoringPrecision: EVENT_LOOP_PRECISION_MS });
  const own = {
    buildInfo: new Gauge({
      name: 'csp_build_info',
      help: '1, with the version of the server',
      labelNames: ['version'],
      registers,
    }),
    ...createDoorMetrics(registers),
    ...createTurnMetrics(registers),
    ...createProcessMetrics(registers),
    ...createModelMetrics(registers),
    ...createPluginMetrics(registers),
    ...createNoticeMetrics(registers),
    ...createStoreMetrics(registers),
    ...createTriggerMetrics(registers),
    ...createTraceMetrics(registers),
  };

  return {
    ...own,
    onScrape(callback) {
      callbacks.add(callback);
      return () => callbacks.delete(callback);
    },
    async render() {
      await Promise.all([...callbacks].map(async (callback) => callback()));
      return registry.metrics();
    },
    contentType: registry.contentType,
    close() {
      callbacks.clear();
      registry.clear();
    },
  };
}
