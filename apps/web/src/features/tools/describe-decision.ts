import type { DecisionSource } from '@claude-sdk-pattern/protocol';

import { t } from '../../messages/index.ts';
import type { Decision, ToolItem } from '../../session/items.ts';

/** Who answered a call, and how: "Denied by Olga". `me` is the user's id. */
export function describeDecision({ actor, result, scope }: Decision, me: string): string {
  const name = toName(actor, me);
  if (result === 'deny') return t.tools.deniedBy(name);
  return scope === 'session' ? t.tools.allowedForSession(name) : t.tools.allowedBy(name);
}

/** Who or what denied a call, in a few words for its row; null where it was not denied. */
export function describeDenier({ status, decision, deniedBy }: ToolItem, me: string): string | null {
  if (status !== 'denied') return null;
  if (deniedBy?.layer === 'hook')
    return deniedBy.plugin === undefined ? t.tools.aHook : t.tools.thePlugin(deniedBy.plugin);
  if (deniedBy !== null) return deniedBy.rule === null ? null : t.tools.aRule;
  return decision === null ? null : toName(decision.actor, me);
}

/** Which rule or layer denied a call, and the reason where that says more. */
export function describePolicyDenial(
  { layer, rule, plugin }: DecisionSource,
  reason: string | null,
): [string, string | null] {
  const { deniedByPolicy } = t.tools;
  if (layer === 'hook')
    return [t.tools.deniedBy(plugin === undefined ? t.tools.aHook : t.tools.thePlugin(plugin)), reason];
  if (rule === null || (layer !== 'platform' && layer !== 'role')) return [deniedByPolicy.other, reason];
  const line = deniedByPolicy[layer](rule);
  return [line, reason === line ? null : reason];
}

function toName(actor: Decision['actor'], me: string): string {
  if (actor === null) return t.tools.someone;
  return actor.id === me ? t.transcript.you.toLowerCase() : actor.name;
}
