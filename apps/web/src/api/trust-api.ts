import type { Page, WorkspaceTrustResource, WorkspaceTrustReview } from '@claude-sdk-pattern/protocol';

import type { Requests } from './requests.ts';

/** What workspaces bring, and what of it the user lets run. */
export interface TrustApi {
  review: (sessionId: string) => Promise<WorkspaceTrustReview>;
  /** Rejects with status 409 where the content is not what the digest names any more. */
  trust: (sessionId: string, digest: string) => Promise<WorkspaceTrustReview>;
  list: () => Promise<Page<WorkspaceTrustResource>>;
  end: (trustId: string) => Promise<void>;
}

export function createTrustApi({ json, nothing }: Requests): TrustApi {
  const at = (sessionId: string) => `/api/v1/sessions/${encodeURIComponent(sessionId)}/workspace/trust`;
  return {
    review: (id) => json('GET', at(id)),
    trust: (id, digest) => json('PUT', at(id), { digest }),
    list: () => json('GET', '/api/v1/workspace-trusts'),
    end: (id) => nothing('DELETE', `/api/v1/workspace-trusts/${encodeURIComponent(id)}`),
  };
}
