import { CspError, type EventActor, type SessionRule } from '@claude-sdk-pattern/protocol';

import type { SessionRecord } from './session-record.ts';
import { keepSessionRules } from '../permissions/session-rules.ts';

/**
 * Revokes a rule of the session: from the next call on, such calls ask again.
 * @throws CspError `not_found` without such a rule.
 */
export async function revokeRule(
  deps: { record: SessionRecord; rules: Map<string, SessionRule> },
  { ruleId, actor }: { ruleId: string; actor: EventActor },
): Promise<void> {
  const { record, rules } = deps;
  const { id: sessionId } = record.session;
  const revoked = [...rules.values()].find(({ id }) => id === ruleId);
  if (revoked === undefined) throw new CspError('not_found', `Session ${sessionId} has no rule ${ruleId}`);
  const rest = [...rules.values()].filter((rule) => rule !== revoked);
  await record.append([record.stamp({ type: 'session.rule_revoked', rule: revoked, actor })], {
    within: (transaction) => keepSessionRules(transaction, sessionId, rest),
  });
  rules.delete(revoked.rule);
}
