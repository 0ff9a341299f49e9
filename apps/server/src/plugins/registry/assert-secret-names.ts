import { CspError } from '@claude-sdk-pattern/protocol';

import type { Json, JsonObject } from '../../audit/canonical-json.ts';
import { isSecretOption, toConfigurationSchema } from '../manifest/configuration-schema.ts';
import type { PluginManifest } from '../manifest/plugin-manifest.ts';

/** What is found in a text that looks like a key, such as "GitHub token"; undefined for nothing. */
type FindKey = (text: string) => string | undefined;

const REFERENCE = /^\$\{secret:([A-Za-z_][A-Za-z0-9_-]{0,63})\}$/;
/** A token without a known form: so many letters and digits in one run, and several of them digits. Names have words. */
const LONG_RUN = /[A-Za-z0-9]{20,}/g;
const MIN_DIGITS = 3;

/**
 * Options that take a secret take it by its name, which is shown to people: a key that was pasted instead is refused.
 * @throws CspError `invalid_request` with the fields in `issues`, never with what was sent.
 */
export function assertSecretNames(
  manifest: PluginManifest,
  configuration: JsonObject,
  findKey: FindKey = () => undefined,
): void {
  const properties = toConfigurationSchema(manifest)?.['properties'] as JsonObject | undefined;
  const issues = Object.entries(configuration).flatMap(([option, value]) => {
    const isSecret =
      properties !== undefined && Object.hasOwn(properties, option) && isSecretOption(properties[option]);
    const message = isSecret ? findProblem(value, findKey) : undefined;
    return message === undefined ? [] : [{ path: `/${option}`, message }];
  });
  if (issues.length === 0) return;
  const summary = issues.map(({ path, message }) => `${path} ${message}`).join('; ');
  throw new CspError('invalid_request', `The configuration of the plugin does not fit: ${summary}. ${REMEDY}`, {
    details: { field: 'configuration', issues },
  });
}

const REMEDY =
  'Store the value with csp secrets set NAME or PUT /api/v1/secrets/NAME?scope=platform, and configure ${secret:NAME}';

function findProblem(value: Json | undefined, findKey: FindKey): string | undefined {
  const name = typeof value === 'string' ? REFERENCE.exec(value)?.[1] : undefined;
  if (name === undefined)
    return 'takes the name of a secret, as ${secret:NAME}; a name has up to 64 letters, digits, _ and -, and begins with a letter or _';
  const kind = findKey(name);
  if (kind !== undefined) return `looks like a key (${kind}), not like the name of a secret`;
  const looksRandom = (name.match(LONG_RUN) ?? []).some((run) => run.replaceAll(/\D/g, '').length >= MIN_DIGITS);
  return looksRandom ? 'looks like a key, not like the name of a secret' : undefined;
}
