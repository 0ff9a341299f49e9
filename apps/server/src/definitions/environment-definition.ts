import type {
  EnvironmentConfigParams,
  EnvironmentCreateParams,
  EnvironmentResource,
  EnvironmentUpdateParams,
} from '@claude-sdk-pattern/protocol/v1';

import type { Definition } from '../store/definitions.ts';
import { mergeMetadata } from './merge-metadata.ts';

/** What an environment says; kept as JSON. */
export interface EnvironmentDefinition {
  description: string | null;
  /** `limited` is the model and nothing else. */
  networking: 'unrestricted' | 'limited';
  metadata: Record<string, string>;
}

export function toEnvironmentDefinition(params: EnvironmentCreateParams): EnvironmentDefinition {
  return {
    description: params.description ?? null,
    networking: toNetworking(params.config),
    metadata: params.metadata ?? {},
  };
}

/**
 * The definition after a change. An absent field stays.
 * @throws CspError `invalid_request` for too much metadata.
 */
export function updateEnvironmentDefinition(
  current: EnvironmentDefinition,
  params: EnvironmentUpdateParams,
): EnvironmentDefinition {
  const patch = Object.entries(params.metadata ?? {}).map(([key, value]) => [key, value === '' ? null : value]);
  return {
    description: params.description === undefined ? current.description : params.description,
    networking: params.config == null ? current.networking : toNetworking(params.config, current),
    metadata: mergeMetadata(current.metadata, Object.fromEntries(patch)),
  };
}

function toNetworking(
  config: EnvironmentConfigParams | null | undefined,
  current?: EnvironmentDefinition,
): EnvironmentDefinition['networking'] {
  return config?.networking?.type ?? current?.networking ?? 'unrestricted';
}

/** The content of a stored environment; this server wrote it itself. */
export function readEnvironmentDefinition(stored: Definition): EnvironmentDefinition {
  return stored.definition as EnvironmentDefinition;
}

/** An environment as clients see it. */
export function toEnvironmentResource(stored: Definition): EnvironmentResource {
  const definition = readEnvironmentDefinition(stored);
  return {
    type: 'environment',
    id: stored.id,
    name: stored.name,
    description: definition.description,
    config: {
      type: 'cloud',
      networking:
        definition.networking === 'unrestricted'
          ? { type: 'unrestricted' }
          : { type: 'limited', allowed_hosts: [], allow_mcp_servers: false, allow_package_managers: false },
      packages: { type: 'packages', apt: [], cargo: [], gem: [], go: [], npm: [], pip: [] },
    },
    metadata: definition.metadata,
    scope: stored.scope,
    created_at: stored.firstCreatedAt,
    updated_at: stored.createdAt,
    archived_at: stored.archivedAt,
  };
}
