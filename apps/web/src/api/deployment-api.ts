import type { Page } from '@claude-sdk-pattern/protocol';
import type {
  AgentResource,
  DeploymentCreateParams,
  DeploymentResource,
  DeploymentRunResource,
  DeploymentUpdateParams,
  IncomingWebhookParams,
  IncomingWebhookResource,
} from '@claude-sdk-pattern/protocol/v1';

import type { Requests } from './requests.ts';

/** `/v1/deployments` and their runs: the user's own. */
export interface DeploymentApi {
  list: (page: string | null) => Promise<Page<DeploymentResource>>;
  create: (params: DeploymentCreateParams) => Promise<DeploymentResource>;
  update: (id: string, params: DeploymentUpdateParams) => Promise<DeploymentResource>;
  change: (id: string, change: 'pause' | 'unpause' | 'archive') => Promise<DeploymentResource>;
  run: (id: string) => Promise<DeploymentRunResource>;
  get: (id: string) => Promise<DeploymentResource>;
  /** Of one deployment, the newest first. */
  listRuns: (id: string, page: string | null) => Promise<Page<DeploymentRunResource>>;
  /** Rejects while it is closed. */
  getWebhook: (id: string) => Promise<IncomingWebhookResource>;
  /** Opens it, or changes it: with another secret, which only this answer has. */
  openWebhook: (id: string, params: IncomingWebhookParams) => Promise<IncomingWebhookResource>;
  closeWebhook: (id: string) => Promise<void>;
  /** The next five times at which a schedule would be due. */
  preview: (
    schedule: { expression: string; timezone: string },
    signal: AbortSignal,
  ) => Promise<{ upcoming_runs_at: string[] }>;
  /** Those that the user may give work to. */
  listAgents: () => Promise<Page<AgentResource>>;
}

const DEPLOYMENTS = '/v1/deployments';
/** Of runs. */
const PAGE = 10;

export function createDeploymentApi({ json, nothing, look }: Requests): DeploymentApi {
  const at = (id: string) => `${DEPLOYMENTS}/${encodeURIComponent(id)}`;
  const toWebhook = (id: string) => `/api/v1/deployments/${encodeURIComponent(id)}/webhook`;
  const toQuery = (values: Record<string, string | null>) =>
    new URLSearchParams(Object.entries(values).flatMap(([name, value]) => (value === null ? [] : [[name, value]])));
  return {
    list: (page) => json('GET', `${DEPLOYMENTS}?${toQuery({ limit: '50', page })}`),
    create: (params) => json('POST', DEPLOYMENTS, params),
    update: (id, params) => json('POST', at(id), params),
    change: (id, change) => json('POST', `${at(id)}/${change}`),
    run: (id) => json('POST', `${at(id)}/run`),
    get: (id) => json('GET', at(id)),
    listRuns: (id, page) =>
      json('GET', `/v1/deployment_runs?${toQuery({ deployment_id: id, limit: String(PAGE), page })}`),
    getWebhook: (id) => json('GET', toWebhook(id)),
    openWebhook: (id, params) => json('PUT', toWebhook(id), params),
    closeWebhook: (id) => nothing('DELETE', toWebhook(id)),
    preview: (schedule, signal) => look(`/api/v1/schedule-preview?${toQuery(schedule)}`, signal),
    listAgents: () => json('GET', '/v1/agents?limit=100'),
  };
}
