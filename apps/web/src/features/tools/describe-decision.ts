import type { DecisionSource } from '@claude-sdk-pattern/protocol';

import { chat } from '../../messages/chat.ts';
import type { Decision, ToolItem } from '../../session/items.ts';

/** Who answered a call, and how: "Denied by Olga". `me` is the user's id. */
export function describeDecision({ actor, result, scope }: Decision, me: string): string {
  const name = toName(actor, me);
  if (result === 'deny') return chat.tools.deniedBy(name);
  return scope === 'session' ? chat.tools.allowedForSession(name) : chat.tools.allowedBy(name);
}

/** Who or what denied a call, in a few words for its row; null where it was not denied. */
export function describeDenier({ status, decision, deniedBy }: ToolItem, me: string): string | null {
  if (status !== 'denied') return null;
  if (deniedBy?.layer === 'hook')
    return deniedBy.plugin === undefined ? chat.tools.aHook : chat.tools.thePlugin(deniedBy.plugin);
  if (deniedBy !== null) return deniedBy.rule === null ? null : chat.tools.aRule;
  return decision === null ? null : toName(decision.actor, me);
}

/** Which rule or layer denied a call, and the reason where that says more. */
export function describePolicyDenial(
  { layer, rule, plugin }: DecisionSource,
  reason: string | null,
): [string, string | null] {
  const { deniedByPolicy } = chat.tools;
  if (layer === 'hook')
    return [chat.tools.deniedBy(plugin === undefined ? chat.tools.aHook : chat.tools.thePlugin(plugin)), reason];
  if (rule === null || (layer !== 'platform' && layer !== 'role')) return [deniedByPolicy.other, reason];
  const line = deniedByPolicy[layer](rule);
  return [line, reason === line ? null : reason];
}

function toName(actor: Decision['actor'], me: string): string {
  if (actor === null) return chat.tools.someone;
  return actor.id === me ? chat.transcript.you.toLowerCase() : actor.name;
}
