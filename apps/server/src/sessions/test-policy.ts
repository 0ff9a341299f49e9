import { CspError, type PermissionMode, type PolicyRule, type PolicyTestResult } from '@claude-sdk-pattern/protocol';

import { findToolPolicy } from '../agent-process/options/profile-settings.ts';
import { findCustomTool } from '../definitions/custom-tools.ts';
import { resolveSessionDefinition } from '../definitions/resolve-session.ts';
import type { Actor, Role } from '../identity/actor.ts';
import { createPermissionGate } from '../permissions/gate.ts';
import { compileGiven } from '../permissions/policy-book.ts';
import { findUnaskedRefusal, findUnaskedToolRefusal } from '../permissions/unasked-refusal.ts';
import { findProfile } from '../processes/profile.ts';
import type { SessionDeps } from './session-deps.ts';

export interface PolicyTest {
  tool_name: string;
  input: Readonly<Record<string, unknown>>;
  /** Of the owner of a session. */
  role: Role;
  /** By default the default agent. */
  agent?: string | undefined;
  permission_mode: PermissionMode;
  /** In place of the stored ones. */
  rules?: readonly PolicyRule[] | undefined;
  never_ask?: readonly Role[] | undefined;
}

/** Of all rules together, times those of the call: a second of the server, which everybody waits for. */
const MAX_TEST_CHARS = 100_000_000;

/** Folders of a session that there is not. */
const FOLDERS = { workspace: '/workspace', home: '/home/agent', config: '/home/agent/.claude' };

/**
 * What would happen to a tool call of a new session, in an empty workspace at `/workspace`.
 * @throws CspError `not_found` for an agent that the actor may not see, `invalid_request` for a rule that cannot be parsed,
 * and for a call that is too long to be compared with so many rules.
 */
export async function testPolicy(
  {
    store,
    plugins,
    policies,
    confines,
    secretsInToolCalls,
  }: Pick<SessionDeps, 'store' | 'plugins' | 'policies' | 'confines' | 'secretsInToolCalls'>,
  actor: Actor,
  { tool_name: toolName, input, role, agent, permission_mode: mode, ...unsaved }: PolicyTest,
): Promise<PolicyTestResult> {
  const { agent: ofSession, environmentId } = await resolveSessionDefinition({ store, plugins }, actor, { agent });
  assertIsShort(input, unsaved.rules ?? policies.current.policy.rules);
  const { id: agentId, version: agentVersion } = ofSession;
  const { settings } = await findProfile(
    { store, plugins },
    { ownerId: actor.userId, agent: ofSession, agentId, agentVersion, environmentId },
  );
  const { policy } = policies.current;
  const rules = unsaved.rules === undefined ? policies.current.rules : compileGiven(unsaved.rules);
  const granted = unsaved.never_ask ?? policy.never_ask;
  const gate = createPermissionGate({
    guardVerdict: () => undefined,
    secretMode: () => secretsInToolCalls,
    workspaceDir: () => FOLDERS.workspace,
    homeDir: () => FOLDERS.home,
    configDir: () => FOLDERS.config,
    mode: () => mode,
    role: () => role,
    toolPolicy: (name) => findToolPolicy(settings, name),
    isCustomTool: (name) => findCustomTool(settings.customTools, name) !== undefined,
    sessionRules: () => new Set(),
    platformRules: () => rules,
    mayRunWithoutApproval: () => findUnaskedToolRefusal({ confines, role }) === undefined,
    mayNeverAsk: () => findUnaskedRefusal({ confines, role, granted }) === undefined,
  });
  const { permission, reason, source, terms } = gate.evaluate(toolName, input);
  return {
    ...{ effect: permission, ...source, reason },
    ...(terms?.fourEyes === true && { four_eyes: true }),
    ...(terms?.expiresInSeconds !== undefined && { expires_in_seconds: terms.expiresInSeconds }),
  };
}

function assertIsShort(input: PolicyTest['input'], rules: readonly PolicyRule[]): void {
  const ofRules = rules.reduce((sum, { rule }) => sum + rule.length, 0);
  const max = Math.floor(MAX_TEST_CHARS / Math.max(1, ofRules));
  const given = JSON.stringify(input).length;
  if (given <= max) return;
  throw new CspError(
    'invalid_request',
    `The input has ${given} characters, which are too many to try ${rules.length} rules on. Send at most ${max}`,
    { details: { field: 'input', max_chars: max } },
  );
}
