export { createDatabasePool, type DatabasePool } from './database-pool.ts';
export { startEmbeddedPostgres, type EmbeddedPostgresServer } from './embedded-postgres.ts';
export { findFreePort } from './free-port.ts';
export { killProcesses, listProcesses, waitUntilGone, type RunningProcess } from './processes.ts';
export { connectRawWebSocket, type RawWebSocket, type RawWebSocketOptions } from './raw-web-socket.ts';
export { startOtlpCollector, type CollectedSpan, type OtlpCollector } from './otlp-collector.ts';
export { startServer, type ServerExit, type ServerOptions, type TestServer } from './start-server.ts';
export { until } from './until.ts';
export { createWorkspaceDir, type WorkspaceDir } from './workspace-dir.ts';
