export { startEmbeddedPostgres, type EmbeddedPostgresServer } from './embedded-postgres.ts';
