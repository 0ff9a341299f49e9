import type { SessionOptions, SessionPlugin, SessionReload, ToolSearchSummary } from '@claude-sdk-pattern/protocol';

import { toAgentEnvironment } from '../agent-process/agent-environment.ts';
import { toSkillList } from '../agent-process/options/cut-skills.ts';
import { toToolSearchPolicy, type ToolSearchPolicy, type ToolSearchState } from '../agent-process/mcp/tool-search.ts';
import { explainOptions } from '../agent-process/options/explain-options.ts';
import type { ProcessPlugin, ProfileSettings } from '../agent-process/options/profile-settings.ts';
import { findAgentPlugin, findSessionAgent } from '../processes/profile.ts';
import type { Session } from '../store/sessions.ts';
import type { LiveSession } from './live/live-session.ts';
import type { SessionDeps } from './session-deps.ts';
import { findSessionProfile } from './trust/find-session-profile.ts';

type Deps = Pick<
  SessionDeps,
  'store' | 'plugins' | 'workspaces' | 'trustedPlugins' | 'defaultModel' | 'toolSearch' | 'backgroundTasks'
>;

/** What the next process of a session starts with, and where each option comes from. */
export async function describeOptions(
  deps: Deps,
  session: Session,
  live: LiveSession | undefined,
): Promise<SessionOptions> {
  const { settings, ofWorkspace } = await findSessionProfile(deps, session);
  const { ofAgent } = await findAgentPlugin(deps, await findSessionAgent(deps.store, session));
  const { dirs } = deps.workspaces.of(session.agentSessionId);
  const model = session.model ?? settings.model ?? deps.defaultModel;
  const { options, conflicts } = explainOptions({
    start: {
      ...{ dirs, settings, agentSessionId: session.agentSessionId, planMode: session.permissionMode === 'plan' },
      resume: await deps.store.transcripts.has({ sessionId: session.agentSessionId }),
      model,
      // Only the names are shown.
      environment: toAgentEnvironment({
        ...{ dirs, gatewayUrl: '', token: '', path: '', modelMaxRetries: 0 },
        backgroundTasks: deps.backgroundTasks,
      }),
    },
    plugins: [...(ofAgent ? [ofAgent] : []), ...deps.plugins.current, ...ofWorkspace],
    ...{ sessionModel: session.model, permissionMode: session.permissionMode },
  });
  const started = live?.process.state === 'none' ? undefined : live?.startedWith;
  return {
    ...{ type: 'session_options', session_id: session.id, options, conflicts },
    skills: toSkillList({ settings, model }),
    tool_search: toToolSearch(deps.toolSearch, settings, live?.toolSearch),
    plugins: settings.plugins.map(toSessionPlugin),
    running: started ? { plugins: started.plugins.map(toSessionPlugin), is_current: isSame(started, settings) } : null,
  };
}

/** Ends the process of a session, at the end of a running turn, so that the next message starts with the present plugins. */
export async function reloadSession(deps: Deps, live: LiveSession): Promise<SessionReload> {
  const { settings } = await findSessionProfile(deps, live.session);
  const when = live.idleSinceMs === undefined ? 'after_turn' : 'now';
  const names = settings.plugins.map(({ name, version }) => (version === null ? name : `${name} ${version}`));
  const taken = names.length === 0 ? 'There are none' : `They are ${names.join(', ')}`;
  await live.notify('info', `Reloaded: the next message starts with the present plugins. ${taken}.`);
  await live.hibernateWhenIdle('requested');
  return { type: 'session_reload', when, plugins: settings.plugins.map(toSessionPlugin) };
}

function toToolSearch(
  operator: ToolSearchPolicy,
  { toolSearch }: ProfileSettings,
  running: ToolSearchState | undefined,
): ToolSearchSummary {
  const { mode, aboveTokens } = toToolSearchPolicy(operator, toolSearch);
  return {
    ...{ mode, above_tokens: aboveTokens },
    from: toolSearch !== undefined && operator.mode !== 'never' ? 'agent' : 'operator',
    running: running ? { tools: running.tools, tokens: running.tokens, is_on: running.isOn } : null,
  };
}

function toSessionPlugin({ name, version, digest }: ProcessPlugin): SessionPlugin {
  return { name, version, digest };
}

/** Whether two processes get the same from plugins. */
function isSame(one: ProfileSettings, other: ProfileSettings): boolean {
  const toText = ({ plugins, mcpServers }: ProfileSettings) =>
    JSON.stringify([plugins, mcpServers.filter(({ plugin }) => plugin !== undefined)]);
  return toText(one) === toText(other);
}
