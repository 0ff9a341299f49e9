import { randomUUID } from 'node:crypto';

import { sql, type Kysely } from 'kysely';
import pg from 'pg';

import type { AppendChannel, AppendListener } from '../append-channel.ts';
import type { StoreTables } from '../schema.ts';

export interface PostgresAppendChannelOptions {
  url: string;
  /** For sending. Listening has a connection of its own. */
  database: Kysely<StoreTables>;
  /** A connection broke, or a notification failed. Both are tried again; this is for the log. */
  onError(error: Error): void;
}

const CHANNEL = 'csp_appended';
const SETTINGS_CHANNEL = 'csp_setting_changed';
/** PostgreSQL accepts less than 8,000 bytes in one notification. */
const MAX_SESSIONS_AT_ONCE = 100;
const RECONNECT_MS = 1000;

/**
 * Sends over NOTIFY, outside of the append's transaction: a notification inside it would make every commit of the
 * database wait for the one before. That of a setting, which is rare, is inside: it comes with the commit. Appends that come during one notification go together into the next.
 */
export function createPostgresAppendChannel(options: PostgresAppendChannelOptions): AppendChannel {
  const origin = randomUUID();
  const waiting = new Map<string, number>();
  const listeners = new Set<AppendListener>();
  let telling: Promise<void> | undefined;
  let client: pg.Client | undefined;
  let reconnect: NodeJS.Timeout | undefined;
  let connecting: Promise<void> = Promise.resolve();
  let isClosed = false;

  const tellWaiting = async (): Promise<void> => {
    // Before anything is sent, so that appends of the same moment go together.
    await Promise.resolve();
    while (waiting.size > 0) {
      const batch = [...waiting].slice(0, MAX_SESSIONS_AT_ONCE);
      for (const [sessionId] of batch) waiting.delete(sessionId);
      const payload = [origin, ...batch.map(([sessionId, lastSeq]) => `${sessionId} ${lastSeq}`)].join('\n');
      try {
        await sql`select pg_notify(${CHANNEL}, ${payload})`.execute(options.database);
      } catch (error) {
        options.onError(error as Error);
      }
    }
    telling = undefined;
  };

  const hear = (channel: string, payload: string | undefined): void => {
    const [from, ...lines] = payload?.split('\n') ?? [];
    if (from === origin) return;
    if (channel === SETTINGS_CHANNEL) {
      for (const key of lines) for (const listener of listeners) listener.onSettingChanged?.(key);
      return;
    }
    for (const line of lines) {
      const [sessionId = '', lastSeq] = line.split(' ');
      for (const listener of listeners) listener.onAppended({ sessionId, lastSeq: Number(lastSeq) });
    }
  };

  const connect = async (isFirst: boolean): Promise<void> => {
    const next = new pg.Client({ connectionString: options.url, keepAlive: true });
    let isLost = false;
    const lose = (reason?: Error): void => {
      if (isLost || isClosed) return;
      isLost = true;
      if (reason) options.onError(reason);
      next.end().catch(() => undefined);
      reconnect = setTimeout(() => {
        connecting = connect(false);
      }, RECONNECT_MS).unref();
    };
    next.on('error', lose);
    next.on('end', () => lose());
    next.on('notification', ({ channel, payload }) => hear(channel, payload));
    client = next;
    try {
      await next.connect();
      await next.query(`listen ${CHANNEL}`);
      await next.query(`listen ${SETTINGS_CHANNEL}`);
      if (!isFirst) for (const listener of listeners) listener.onMissed();
    } catch (error) {
      lose(error as Error);
    }
  };

  return {
    tell({ sessionId, lastSeq }) {
      if (isClosed) return;
      waiting.set(sessionId, lastSeq);
      telling ??= tellWaiting();
    },
    async tellSetting(key, { database }) {
      await sql`select pg_notify(${SETTINGS_CHANNEL}, ${`${origin}\n${key}`})`.execute(database);
    },
    listen(listener) {
      listeners.add(listener);
      if (client === undefined && !isClosed) connecting = connect(true);
      return () => listeners.delete(listener);
    },
    async close() {
      isClosed = true;
      clearTimeout(reconnect);
      await Promise.allSettled([telling, connecting]);
      await client?.end().catch(() => undefined);
    },
  };
}
