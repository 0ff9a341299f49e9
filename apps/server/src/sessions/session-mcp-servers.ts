import { CspError, type SessionMcpServerResource } from '@claude-sdk-pattern/protocol';

import type { RelayStatus } from '../agent-process/mcp/relay-status.ts';
import { findPluginOfServer } from '../agent-process/options/find-plugin.ts';
import type { Session } from '../store/sessions.ts';
import type { LiveSession } from './live/live-session.ts';
import type { SessionDeps } from './session-deps.ts';
import { findSessionProfile } from './trust/find-session-profile.ts';
import { toShownTools } from './to-shown-tools.ts';

type Deps = Pick<SessionDeps, 'store' | 'plugins' | 'trustedPlugins' | 'workspaces' | 'clock'>;

/** The MCP servers of a session's process; where none runs, those of its next one. */
export async function describeMcpServers(
  deps: Deps,
  session: Session,
  live: LiveSession | undefined,
): Promise<SessionMcpServerResource[]> {
  const statuses = live?.mcpServers ?? [];
  const started = statuses.length > 0 ? live?.startedWith : undefined;
  const settings = started ?? (await findSessionProfile(deps, session)).settings;
  return settings.mcpServers.map(({ name, transport }) => ({
    ...{ name, plugin: findPluginOfServer(settings, name) ?? null, transport },
    ...toState(statuses.find((each) => each.name === name)?.status, deps.clock.now()),
  }));
}

/**
 * Connects the session's process with one of its servers anew.
 * @throws CspError `state_conflict` while no process runs, `not_found` for a server that it does not have
 */
export function reconnectMcpServer(session: Session, live: LiveSession | undefined, server: string): void {
  if (live === undefined || live.process.state === 'none')
    throw new CspError('state_conflict', `No process of session ${session.id} runs. Its next one connects anew`);
  if (live.reconnectMcpServer(server)) return;
  throw new CspError('not_found', `The process of session ${session.id} has no MCP server ${server}`);
}

function toState(
  status: RelayStatus | undefined,
  nowMs: number,
): Pick<SessionMcpServerResource, 'state' | 'problem' | 'retry_at' | 'tools'> {
  const { state = 'waiting', problem = null, retryInMs, tools = [] } = status ?? {};
  return {
    ...{ state: state === 'waiting' ? 'idle' : state, problem },
    retry_at: retryInMs === undefined ? null : new Date(nowMs + retryInMs).toISOString(),
    tools: toShownTools(tools),
  };
}
