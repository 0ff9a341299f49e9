import { toDigestOf } from '../../audit/canonical-json.ts';
import type { Fact } from '../../audit/fact.ts';
import type { HookDispatcher } from '../../hooks/hook-dispatcher.ts';
import { isStricter, type SaidVerdict } from '../../hooks/strictest-verdict.ts';
import { toCommandOwner } from '../../permissions/command-owner.ts';
import { describeCall } from '../../permissions/describe-call.ts';
import type { SessionApprovalsDeps } from '../../permissions/session-approvals.ts';
import type { ToolDecisions } from '../../permissions/tool-decisions.ts';
import type { Session } from '../../store/sessions.ts';
import type { SessionFacts } from '../../turns/session-facts.ts';

export interface ChangedCallsDeps {
  session(): Pick<Session, 'id' | 'agentId'>;
  decisions: ToolDecisions;
  hooks: Pick<HookDispatcher, 'judge'>;
  facts: Pick<SessionFacts, 'noteVerdict'>;
  audit: { record(fact: Fact): Promise<unknown> };
  /** Absolute path. */
  workspaceDir(): string;
  findCommandPlugins: SessionApprovalsDeps['findCommandPlugins'];
  /** Tells the people of the session. */
  notify(text: string): void;
}

/**
 * Decides calls that a command of a plugin has changed, as they will be made: by the policy and by all hooks once more. One that
 * all of them allow is made, and people and the audit log are told of it. Nobody is asked about others: what people see is the
 * call as the agent made it. The agent can make the changed one itself.
 */
export function createChangedCalls(deps: ChangedCallsDeps): SessionApprovalsDeps['decideChanged'] {
  const { session, decisions, hooks, facts, audit, findCommandPlugins, notify } = deps;
  return async (call, eventId, signal) => {
    const { toolUseId, toolName, input } = call;
    const plugins = await findCommandPlugins(toolName);
    const [plugin] = plugins.length === 1 ? plugins : [];
    const owner = toCommandOwner(plugins);
    const told = describeCall(toolName, input, { isMcp: toolName.startsWith('mcp__') });
    const what = `A hook of ${owner} changed this call${told === undefined ? '' : ` to: ${told}`}`;
    const { shown, now } = decisions.judgeChanged(toolUseId, call);
    const said =
      now.permission === 'deny' ? undefined : await hooks.judge({ toolName, input, cwd: deps.workspaceDir() }, signal);
    const strictest = said !== undefined && isStricter(said.permission, now.permission) ? said : now;
    if (strictest.permission !== 'allow' || shown.permission !== 'allow') {
      const isDenied = strictest.permission === 'deny';
      const why = isDenied ? `That is denied: ${strictest.reason}` : 'A person has to allow such a call as it is made';
      const denial = { permission: 'deny', reason: `${what}\n${why}` } as const;
      facts.noteVerdict(toolUseId, { ...denial, ...toSayer(strictest, plugin) });
      return denial;
    }
    const { id, agentId } = session();
    await audit.record({
      actor: { type: 'agent', id: agentId },
      action: 'tool.decide',
      target: { type: 'session', id },
      outcome: 'allow',
      details: {
        ...{ event_id: eventId, tool: toolName, changed_by: plugins.map(({ name }) => name) },
        ...{ input_sha256: toDigestOf(input), ...(told !== undefined && { call: told }) },
      },
    });
    notify(what);
    decisions.change(toolUseId, { toolName, input, decision: now });
    return { permission: 'allow', reason: now.reason };
  };
}

/** Whom the audit log names: the hook that denies the changed call, else whose command changed it. */
function toSayer(strictest: object, plugin: { name: string } | undefined): Pick<SaidVerdict, 'by' | 'plugin'> {
  if ('by' in strictest) {
    const { by, plugin: ofHook } = strictest as SaidVerdict;
    return { by, ...(ofHook !== undefined && { plugin: ofHook }) };
  }
  return { by: plugin?.name ?? 'hooks', ...(plugin !== undefined && { plugin: plugin.name }) };
}
