import type { AgentCommand } from '@claude-sdk-pattern/protocol';

import { toArgumentHint } from '../agent-process/mcp/prompt-text.ts';
import { findPluginOfServer } from '../agent-process/options/find-plugin.ts';
import type { Session } from '../store/sessions.ts';
import type { LiveSession } from './live/live-session.ts';
import type { SessionDeps } from './session-deps.ts';
import { findSessionProfile } from './trust/find-session-profile.ts';

/**
 * The commands that a message may begin with: those that a process of the session's profile has reported, none before that, and the
 * prompts of the MCP servers of its own process.
 */
export async function listCommands(
  deps: Pick<SessionDeps, 'store' | 'plugins' | 'trustedPlugins' | 'workspaces' | 'commands'>,
  session: Session,
  live: LiveSession | undefined,
): Promise<readonly AgentCommand[]> {
  const { settings } = await findSessionProfile(deps, session);
  const started = live?.startedWith ?? settings;
  const ofServers = (await live?.listPrompts()) ?? [];
  const prompts = ofServers.flatMap(({ server, prompts: all }) =>
    all.map((prompt) => ({
      ...{ name: prompt.command, description: prompt.description, argument_hint: toArgumentHint(prompt) },
      plugin: findPluginOfServer(started, server) ?? null,
    })),
  );
  return [...deps.commands.find(settings), ...prompts].toSorted((a, b) => a.name.localeCompare(b.name, 'en'));
}
