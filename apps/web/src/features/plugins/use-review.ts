import type { PluginReviewResource } from '@claude-sdk-pattern/protocol';
import { useCallback } from 'react';

import type { ReviewedVersion } from '../../api/plugin-api.ts';
import { useServices } from '../../services/services.ts';
import { useLoaded, type Loaded } from '../../services/use-loaded.ts';

/** Which version of which plugin is looked at. */
export interface ReviewedPlugin {
  name: string;
  version: ReviewedVersion;
}

/** What a version brings and changes. For administrators. */
export function useReview({ name, version }: ReviewedPlugin): Loaded<PluginReviewResource> {
  const { api } = useServices();
  const load = useCallback(() => api.plugins.review(name, version), [api, name, version]);
  return useLoaded(load);
}
