import { fromJson, toJson } from './json-column.ts';
import type { RepositoryContext } from './repository-context.ts';

/** The page of an app: its HTML, and the origins outside that it asks for. */
export interface McpAppPage {
  /** Name of the MCP server that brings the app, in the agent's definition. */
  server: string;
  /** What that server was, whatever has its name by now; see `toMcpServerIdentity`. Absent for pages of an earlier release. */
  serverIdentity?: string;
  html: string;
  /** For `fetch` and WebSockets. */
  connectOrigins: readonly string[];
  /** For scripts, styles, images, fonts and media. */
  resourceOrigins: readonly string[];
}

/** The pages of MCP Apps that a session has shown, by the digest of each; they go with the session. */
export interface McpAppRepository {
  /** Keeps a page; of many, the oldest go. */
  put(sessionId: string, app: { digest: string; page: McpAppPage }): Promise<void>;
  find(sessionId: string, digest: string): Promise<McpAppPage | undefined>;
  /** For a fork. */
  copyToSession(fork: { from: string; to: string }): Promise<void>;
}

/** A page has at most 2 MiB, and most sessions show one or two. */
const MAX_PAGES = 16;

export function createMcpAppRepository({ db, now, atomically }: RepositoryContext): McpAppRepository {
  return {
    put: (sessionId, { digest, page }) =>
      atomically(async (trx) => {
        const row = { session_id: sessionId, digest, page: toJson(page), created_at: now() };
        await trx
          .insertInto('mcp_apps')
          .values(row)
          .onConflict((conflict) => conflict.columns(['session_id', 'digest']).doUpdateSet({ created_at: now() }))
          .execute();
        const kept = await trx
          .selectFrom('mcp_apps')
          .select('digest')
          .where('session_id', '=', sessionId)
          .orderBy('created_at', 'desc')
          .orderBy('digest')
          .execute();
        const over = kept.slice(MAX_PAGES).map((each) => each.digest);
        if (over.length > 0)
          await trx.deleteFrom('mcp_apps').where('session_id', '=', sessionId).where('digest', 'in', over).execute();
      }),

    async find(sessionId, digest) {
      const row = await db
        .selectFrom('mcp_apps')
        .select('page')
        .where('session_id', '=', sessionId)
        .where('digest', '=', digest)
        .executeTakeFirst();
      return row && fromJson<McpAppPage>(row.page);
    },

    async copyToSession({ from, to }) {
      await db
        .insertInto('mcp_apps')
        .columns(['session_id', 'digest', 'page', 'created_at'])
        .expression((eb) =>
          eb
            .selectFrom('mcp_apps')
            .select([eb.val(to).as('session_id'), 'digest', 'page', 'created_at'])
            .where('session_id', '=', from),
        )
        .execute();
    },
  };
}
