import type { Page, SecretResource } from '@claude-sdk-pattern/protocol';

import type { Requests } from './requests.ts';

/** Whose secret: the platform's, one's own, or that of an agent which one may change. */
export type SecretTarget = { scope: 'platform' | 'user' } | { scope: 'agent'; agentId: string };

/** An agent, as far as a choice of agents shows it. */
export interface NamedAgent {
  id: string;
  name: string;
}

/** `/api/v1/secrets`. No value can be read back. */
export interface SecretApi {
  /** With `agent` those of all agents that the user may change. */
  list: (scope: SecretResource['scope']) => Promise<Page<SecretResource>>;
  put: (target: SecretTarget, name: string, value: string) => Promise<void>;
  remove: (target: SecretTarget, name: string) => Promise<void>;
  /** The newest 100 agents that the user sees. */
  listAgents: () => Promise<{ data: NamedAgent[] }>;
}

export function createSecretApi({ json, nothing }: Requests): SecretApi {
  const path = (target: SecretTarget, name: string) => {
    const query = new URLSearchParams({
      scope: target.scope,
      ...('agentId' in target && { agent_id: target.agentId }),
    });
    return `/api/v1/secrets/${encodeURIComponent(name)}?${query.toString()}`;
  };
  return {
    list: (scope) => json('GET', `/api/v1/secrets?scope=${scope}`),
    put: (target, name, value) => nothing('PUT', path(target, name), { value }),
    remove: (target, name) => nothing('DELETE', path(target, name)),
    listAgents: () => json('GET', '/v1/agents?limit=100'),
  };
}
