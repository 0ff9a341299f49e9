import type { JsonObject } from '../../audit/canonical-json.ts';
import { checkConfiguration, toConfigurationSchema } from '../manifest/configuration-schema.ts';
import { toDisplayName } from '../manifest/plugin-manifest.ts';
import type { PluginRecord } from '../plugin-release.ts';
import type { PluginGrants, PluginPart } from '../plugin-set.ts';
import { toShownOrigin, toShownSource } from '../shown-source.ts';
import type { PluginProblem } from '../problem.ts';
import type { DiscoveredPlugin } from './discover.ts';
import { findDifference, type GrantDifference } from './find-difference.ts';
import { NO_GRANTS } from './lifecycle.ts';

export type PluginState = 'discovered' | 'registered' | 'active' | 'disabled' | 'failed' | 'missing';

/** A plugin as the registry shows it. */
export interface PluginView {
  name: string;
  displayName: string;
  description: string | null;
  version: string | null;
  state: PluginState;
  parts: readonly PluginPart[];
  requires: PluginGrants;
  granted: PluginGrants | null;
  problems: readonly PluginProblem[];
  health: { status: 'ok' | 'idle' | 'failed'; reason: string | null };
  digest: string | null;
  /** Rises with every change; null for one that was only discovered. */
  revision: number | null;
  source: Record<string, unknown>;
  origin: JsonObject;
  configuration: JsonObject;
  configurationSchema: JsonObject | null;
  trusted: boolean;
  /** Of what its MCP servers keep. */
  dataBytes: number;
  previous: { version: string | null; digest: string } | null;
  pending: { version: string | null; digest: string; requires: PluginGrants; difference: GrantDifference } | null;
}

/** What a plugin needs to serve, besides being active. */
export interface Readiness {
  /** The content of its version is on this server. */
  hasContent: boolean;
  /** Its configuration fits. */
  isConfigured: boolean;
}

export function toView(
  { name, revision, record }: { name: string; revision: number; record: PluginRecord },
  {
    hasContent,
    isConfigured,
    conflicts = [],
    dataBytes = 0,
  }: Readiness & { conflicts?: readonly PluginProblem[]; dataBytes?: number },
): PluginView {
  const { release, granted, configuration, pending, previous } = record;
  const state = toState(record, { hasContent, isConfigured });
  const problems = [
    ...(state === 'missing' ? [MISSING] : []),
    ...(state === 'failed' ? toConfigurationProblems(record) : []),
    ...release.problems,
    ...(state === 'active' ? [...toUngranted(record), ...conflicts] : []),
  ];
  return {
    name,
    displayName: toDisplayName(release.manifest),
    description: release.manifest.description ?? null,
    version: release.version,
    ...{ state, parts: release.parts.map(toShownPart), requires: release.requires, granted, problems },
    health: toHealth(state, problems),
    digest: release.digest,
    revision,
    source: toShownSource(release.source),
    origin: toShownOrigin(release.origin),
    ...{
      configuration,
      configurationSchema: toConfigurationSchema(release.manifest),
      trusted: record.trusted,
      dataBytes,
    },
    previous: previous && { version: previous.release.version, digest: previous.release.digest },
    pending: pending && {
      ...{ version: pending.version, digest: pending.digest, requires: pending.requires },
      difference: findDifference(release, granted ?? NO_GRANTS, pending) ?? { parts: [], ...NO_GRANTS },
    },
  };
}

function toShownPart({ kind, name }: PluginPart): PluginPart {
  return { kind, name };
}

/** An active plugin that cannot serve has failed; one without its content is missing, whatever it was. */
export function toState({ state }: PluginRecord, { hasContent, isConfigured }: Readiness): PluginState {
  if (!hasContent) return 'missing';
  return state === 'active' && !isConfigured ? 'failed' : state;
}

export function toDiscoveredView(found: DiscoveredPlugin): PluginView {
  const { name, version, problems, isUsable, path } = found;
  const parts = found.parts.map(toShownPart);
  const state = isUsable ? 'discovered' : 'failed';
  return {
    ...{
      name,
      displayName: name,
      description: null,
      version,
      state,
      parts,
      requires: NO_GRANTS,
      granted: null,
      problems,
    },
    health: toHealth(state, problems),
    ...{
      digest: null,
      revision: null,
      source: { type: 'path', path },
      origin: {},
      configuration: {},
      configurationSchema: null,
    },
    ...{ trusted: false, dataBytes: 0, previous: null, pending: null },
  };
}

function toHealth(state: PluginState, problems: readonly PluginProblem[]): PluginView['health'] {
  if (state === 'active') return { status: 'ok', reason: null };
  if (state === 'failed' || state === 'missing') return { status: 'failed', reason: problems[0]?.message ?? null };
  return { status: 'idle', reason: null };
}

const MISSING: PluginProblem = {
  ...{ file: null, field: null, message: 'Its content is not on this server' },
  ...{ remedy: 'Fetch it again by an upgrade, or remove it', action: 'upgrade' },
};

function toConfigurationProblems({ release, configuration }: PluginRecord): PluginProblem[] {
  return checkConfiguration(release.manifest, configuration).map(({ path, message }) => ({
    ...{ file: null, field: `configuration${path.replaceAll('/', '.')}`, message },
    remedy: 'Configure the plugin',
    action: 'configure' as const,
  }));
}

function toUngranted({ release: { requires }, granted }: PluginRecord): PluginProblem[] {
  return (['hooks', 'hosts', 'secrets', 'permissions'] as const).flatMap((key) =>
    requires[key]
      .filter((each) => granted?.[key].includes(each) !== true)
      .map((each) => ({
        ...{ file: null, field: `granted.${key}`, message: `${each} is asked for and not granted` },
        remedy: 'Activate the plugin again, and grant it',
        action: 'activate' as const,
      })),
  );
}
