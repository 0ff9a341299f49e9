import type { Config } from './config/load-config.ts';
import type { UpstreamsOptions } from './model-gateway/upstreams/upstreams.ts';
import type { ProcessLimits } from './processes/processes.ts';
import type { SessionQuotas } from './sessions/quotas.ts';
import type { HistoryLimits } from './workspaces/history/choose-files.ts';
import type { DiskLimits } from './workspaces/judge-disk.ts';

/** Bytes of a setting in megabytes. */
export const toBytes = (megabytes: number): number => megabytes * 1024 * 1024;

export function toProcessLimits(config: Config): ProcessLimits {
  return {
    maxProcesses: config.maxSessions,
    leastSpares: config.prewarmPoolSize,
    maxWaitingPerOwner: config.maxQueuedPerUser,
    maxWaitMs: config.queueTimeoutSeconds * 1000,
    minFreeBytes: toBytes(config.minFreeMemoryMb),
    maxRssBytes: toBytes(config.maxSessionRssMb),
    maxDurationSeconds: config.maxSessionDurationSeconds,
    disk: toDiskLimits(config),
    userDisk: toUserDiskLimits(config),
  };
}

export function toBreakerSettings(config: Config): Pick<UpstreamsOptions, 'breaker' | 'retries' | 'stallMs'> {
  return {
    breaker: {
      failures: config.breakerFailures,
      windowMs: config.breakerWindowSeconds * 1000,
      openMs: config.breakerOpenSeconds * 1000,
    },
    retries: { percent: config.modelRetryPercent },
    stallMs: config.modelStallTimeoutSeconds * 1000,
  };
}

export function toQuotas(config: Config): SessionQuotas {
  return {
    storedSessions: config.maxStoredSessionsPerUser,
    runningSessions: config.maxRunningSessionsPerUser ?? Number.POSITIVE_INFINITY,
    queuedMessages: config.maxQueuedMessagesPerSession,
    newSessionsPerMinute: toLimit(config.maxNewSessionsPerMinute),
  };
}

/** What a state of a workspace may hold; undefined where none is recorded. */
export function toHistoryLimits(config: Config): HistoryLimits | undefined {
  const { workspaceHistoryMb, workspaceHistoryFileMb, workspaceHistoryFiles } = config;
  if (workspaceHistoryMb === 0) return undefined;
  return {
    maxFiles: workspaceHistoryFiles,
    maxFileBytes: toBytes(workspaceHistoryFileMb),
    maxNewBytes: toBytes(workspaceHistoryMb),
  };
}

/** What the folders of one session may take. */
export function toDiskLimits(config: Config): DiskLimits {
  return { maxBytes: toMaxDiskBytes(config), maxEntries: toLimit(config.maxSessionEntries) };
}

/** What those of all sessions of one user may take. */
export function toUserDiskLimits({ maxUserDiskMb, maxUserEntries }: Config): DiskLimits {
  return { maxBytes: toLimit(toBytes(maxUserDiskMb)), maxEntries: toLimit(maxUserEntries) };
}

export function toMaxDiskBytes({ maxSessionDiskMb }: Config): number {
  return toLimit(toBytes(maxSessionDiskMb));
}

/** `Infinity` for 0, which means no limit. */
export function toLimit(setting: number): number {
  return setting === 0 ? Number.POSITIVE_INFINITY : setting;
}
