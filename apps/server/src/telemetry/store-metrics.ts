import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

import { startAtZero } from './start-at-zero.ts';

const APPEND_BUCKETS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5];

export type StoreMetrics = ReturnType<typeof createStoreMetrics>;

/** The journal, the database and the disk. */
export function createStoreMetrics(registers: Registry[]) {
  const metrics = {
    journalAppendDuration: new Histogram({
      name: 'csp_journal_append_duration_seconds',
      help: 'Time from asking the journal to store events until they are safe on the disk, by outcome: stored, failed',
      labelNames: ['outcome'],
      buckets: APPEND_BUCKETS_SECONDS,
      registers,
    }),
    journalEvents: new Counter({
      name: 'csp_journal_events_total',
      help: 'Events that this server has stored',
      registers,
    }),
    journalAppendsWaiting: new Gauge({
      name: 'csp_journal_appends_waiting',
      help: 'Appends to the journal that are not safe on the disk yet',
      registers,
    }),
    storeErrors: new Counter({
      name: 'csp_store_errors_total',
      help: 'Errors of the database by code: disk_full, busy, unavailable, cannot_open, corrupt, failed',
      labelNames: ['code'],
      registers,
    }),
    dataDiskFree: new Gauge({
      name: 'csp_data_disk_free_bytes',
      help: 'Free space of the disk that has the data directory',
      registers,
    }),
    dataDiskFreeInodes: new Gauge({
      name: 'csp_data_disk_free_inodes',
      help: 'Files that can still be made on the disk that has the data directory',
      registers,
    }),
    dataDiskInodes: new Gauge({
      name: 'csp_data_disk_inodes',
      help: 'Files that it can have; 0 where the file system has no such number',
      registers,
    }),
    sessionsDisk: new Gauge({
      name: 'csp_sessions_disk_bytes',
      help: 'Space that the folders of all sessions take on this server, as last measured',
      registers,
    }),
    sessionsEntries: new Gauge({
      name: 'csp_sessions_disk_entries',
      help: 'Files and folders in them',
      registers,
    }),
    diskStops: new Counter({
      name: 'csp_disk_stops_total',
      help: 'Sessions that were stopped for their files, by reason: big, many, big_of_user, many_of_user, closed, late',
      labelNames: ['reason'],
      registers,
    }),
    dataDiskSize: new Gauge({
      name: 'csp_data_disk_size_bytes',
      help: 'Size of the disk that has the data directory',
      registers,
    }),
  };
  startAtZero(metrics.storeErrors, 'code', ['disk_full', 'busy', 'unavailable', 'cannot_open', 'corrupt', 'failed']);
  startAtZero(metrics.diskStops, 'reason', ['big', 'many', 'big_of_user', 'many_of_user', 'closed', 'late']);
  for (const outcome of ['stored', 'failed']) metrics.journalAppendDuration.zero({ outcome });
  return metrics;
}
