import type { SettingResource } from '@claude-sdk-pattern/protocol';

import { readFileVariables } from './file-variables.ts';
import { CONFIG_VARIABLES, listConfigVariables } from './schema.ts';

/** Names of variables whose values nobody sees. New ones are hidden by how they are called, before somebody thinks of it. */
const HIDDEN = /KEY|SECRET|PASSWORD|PASSPHRASE|TOKEN|CREDENTIAL|HEADERS/;
/** Called so, and no secret. */
const SHOWN: ReadonlySet<string> = new Set([
  CONFIG_VARIABLES.secretsInToolCalls.name,
  CONFIG_VARIABLES.auditTrustedKeys.name,
  CONFIG_VARIABLES.toolSearchAboveTokens.name,
]);
/** A path or a query of an address can be a secret; where it leads is none. */
const ADDRESS = /_(?:URL|ENDPOINT)$/;
const USER_OF_URL = /(?<=:\/\/)[^/@\s"]+(?=@)/g;
/** Made by the server in its data directory, where the environment has none. */
const FROM_FILE: ReadonlySet<string> = new Set([CONFIG_VARIABLES.secretsKey.name]);
/** Can be changed while the server runs. */
const LIVE: ReadonlySet<string> = new Set([CONFIG_VARIABLES.logLevel.name]);

/**
 * Every setting with its value and where that comes from, in the order of the schema; a file that `NAME_FILE` names counts as the
 * environment. No secret is in it.
 */
export function listSettings(
  variables: Readonly<Record<string, string | undefined>> = process.env,
): readonly SettingResource[] {
  const all = listConfigVariables();
  const { environment } = readFileVariables(
    variables,
    all.map(({ name }) => name),
  );
  return all.map(({ name, description, unit, default: fallback }) => {
    const given = environment[name] === '' ? undefined : environment[name];
    const isSecret = HIDDEN.test(name) && !SHOWN.has(name);
    return {
      ...{ name, description, unit: unit ?? null, default: fallback ?? null },
      source: given === undefined ? (FROM_FILE.has(name) ? 'file' : 'default') : 'environment',
      is_set: given !== undefined || FROM_FILE.has(name),
      is_secret: isSecret,
      value: isSecret ? null : given === undefined ? (fallback ?? null) : toShown(name, given),
      needs_restart: !LIVE.has(name),
    };
  });
}

function toShown(name: string, value: string): string {
  if (name === CONFIG_VARIABLES.publicUrl.name || !ADDRESS.test(name)) return value.replace(USER_OF_URL, '…');
  if (!URL.canParse(value)) return '…';
  const { protocol, host } = new URL(value);
  return `${protocol}//${host}/…`;
}
