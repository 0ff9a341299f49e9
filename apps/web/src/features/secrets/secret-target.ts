import type { SecretResource } from '@claude-sdk-pattern/protocol';

import type { SecretTarget } from '../../api/secret-api.ts';

/** What secrets may be called, as the server has it. */
export const SECRET_NAME = /^[A-Za-z_][A-Za-z0-9_.-]{0,63}$/;

export function toTarget({ scope, agent_id: agentId }: Pick<SecretResource, 'scope' | 'agent_id'>): SecretTarget {
  return scope === 'agent' ? { scope, agentId: agentId ?? '' } : { scope };
}

/** A text that two targets share only if they are the same. */
export function toTargetKey(target: SecretTarget): string {
  return 'agentId' in target ? `agent ${target.agentId}` : target.scope;
}
