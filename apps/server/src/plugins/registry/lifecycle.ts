import { CspError } from '@claude-sdk-pattern/protocol';

import type { JsonObject } from '../../audit/canonical-json.ts';
import { checkConfiguration } from '../manifest/configuration-schema.ts';
import type { PluginRecord, PluginRelease } from '../plugin-release.ts';
import type { PluginGrants } from '../plugin-set.ts';
import { findDifference } from './find-difference.ts';

export const NO_GRANTS: PluginGrants = { hooks: [], hosts: [], secrets: [], permissions: [] };

export interface Activation {
  /** Absent for what was granted before, or nothing. */
  grants?: Partial<PluginGrants> | undefined;
  trusted?: boolean | undefined;
  /** Of the version that was looked at. */
  digest?: string | undefined;
  /** Of the plugin as it was looked at, with its configuration and what was granted. */
  revision?: number | undefined;
}

/** A plugin that was just taken in. */
export function toRegistered(release: PluginRelease): PluginRecord {
  return {
    ...{
      state: 'registered',
      release,
      granted: null,
      configuration: {},
      trusted: false,
      previous: null,
      pending: null,
    },
  };
}

/**
 * Makes a plugin serve new sessions; with a version that waits, makes that one serve.
 * @throws CspError `invalid_request` for a grant that it does not ask for; `state_conflict` where another version would serve
 * than the one of `digest`, where a version waits and no grants are named, or where the configuration does not fit.
 */
export function activate(record: PluginRecord, { grants, trusted, digest }: Activation): PluginRecord {
  const { pending } = record;
  if (pending !== null && grants === undefined)
    throw new CspError(
      'state_conflict',
      'A version that asks for more waits. Look at it, and activate it with what you grant it: "grants" in the API, --grant or --grant-all of csp plugin activate',
      {
        details: { field: 'grants', requires: pending.requires },
      },
    );
  const release = pending ?? record.release;
  if (digest !== undefined && digest !== release.digest)
    throw new CspError(
      'state_conflict',
      'Another version would serve than the one that was looked at. Look at it again',
      {
        details: { field: 'digest' },
      },
    );
  const isTrusted = trusted ?? (pending === null && record.trusted);
  assertGrantable(release, grants ?? {});
  const granted =
    grants === undefined ? keepGrantable(release, record.granted ?? NO_GRANTS) : { ...NO_GRANTS, ...grants };
  const next: PluginRecord = {
    ...{ ...record, state: 'active', release, granted, trusted: isTrusted, pending: null },
    ...(pending !== null && { previous: toPrevious(record) }),
  };
  assertConfigured(next, record.configuration);
  return next;
}

export function deactivate(record: PluginRecord): PluginRecord {
  if (record.state === 'active') return { ...record, state: 'disabled' };
  throw new CspError('state_conflict', `The plugin is not active, but ${record.state}`);
}

/**
 * Takes another version. It waits for a new grant where it asks for more than was agreed to, or runs something else; until
 * then the version before serves, where the plugin is active. It is not trusted.
 * @throws CspError `state_conflict` where it is the same content.
 */
export function upgrade(record: PluginRecord, release: PluginRelease): PluginRecord {
  if (release.digest === record.release.digest)
    throw new CspError('state_conflict', 'The plugin has this version already: its content is the same', {
      details: { reason: 'same_content' },
    });
  const granted = record.granted ?? NO_GRANTS;
  const waits = record.state !== 'registered' && findDifference(record.release, granted, release) !== null;
  if (waits) return { ...record, pending: release };
  const previous = toPrevious(record);
  const kept = record.granted && keepGrantable(release, granted);
  return { ...record, release, granted: kept, trusted: false, previous, pending: null };
}

/**
 * Goes back to the version before, with what that was granted, but not trusted. The other one becomes the version before,
 * unless a loop of development made it; one that waits is given up. A version that was never active serves nothing.
 * @throws CspError `state_conflict` where there is none.
 */
export function rollBack(record: PluginRecord): PluginRecord {
  const { previous } = record;
  if (previous === null) throw new CspError('state_conflict', 'The plugin has no version before this one');
  const next = {
    ...record,
    ...previous,
    trusted: false,
    previous: isOfDevelopment(record.release) ? null : { release: record.release, granted: record.granted },
    pending: null,
  };
  return previous.granted === null ? { ...next, state: 'registered' } : next;
}

/** What a roll back goes to after another version: versions of a loop of development replace each other. */
function toPrevious({ release, granted, previous }: PluginRecord): PluginRecord['previous'] {
  return isOfDevelopment(release) ? previous : { release, granted };
}

function isOfDevelopment({ source }: PluginRelease): boolean {
  return source.type === 'path' && source.dev === true;
}

/** @throws CspError `invalid_request` that names each field that does not fit. */
export function configure(record: PluginRecord, configuration: JsonObject): PluginRecord {
  assertConfigured(record, configuration);
  return { ...record, configuration };
}

function assertConfigured({ release }: PluginRecord, configuration: JsonObject): void {
  const issues = checkConfiguration(release.manifest, configuration);
  if (issues.length === 0) return;
  const summary = issues.map(({ path, message }) => `${path} ${message}`.trim()).join('; ');
  throw new CspError('invalid_request', `Configure the plugin first: ${summary}`, {
    details: { field: 'configuration', issues },
  });
}

/** Secrets are named by the configuration too, so that any may be granted. */
const CLOSED = ['hooks', 'hosts', 'permissions'] as const;

function assertGrantable({ requires }: PluginRelease, grants: Partial<PluginGrants>): void {
  for (const key of CLOSED) {
    const unasked = (grants[key] ?? []).find((each) => !requires[key].includes(each));
    if (unasked !== undefined)
      throw new CspError(
        'invalid_request',
        `The plugin does not ask for ${unasked} in ${key}. Grant only what it requires`,
        {
          details: { field: `grants.${key}`, requires: requires[key] },
        },
      );
  }
}

/** What was granted and is still asked for. */
function keepGrantable({ requires }: PluginRelease, granted: PluginGrants): PluginGrants {
  const kept = (key: keyof PluginGrants) => granted[key].filter((each) => requires[key].includes(each));
  return { hooks: kept('hooks'), hosts: kept('hosts'), secrets: granted.secrets, permissions: kept('permissions') };
}
