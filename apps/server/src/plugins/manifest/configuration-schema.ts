import vm from 'node:vm';

import { Ajv2020 } from 'ajv/dist/2020.js';

import type { JsonObject } from '../../audit/canonical-json.ts';
import type { PluginProblem } from '../problem.ts';
import type { PluginManifest } from './plugin-manifest.ts';
import { namesSecret } from './references.ts';

const MAX_SCHEMA_CHARS = 64 * 1024;
/** A pattern in the schema of a plugin may take for ever. */
const CHECK_TIMEOUT_MS = 250;

/**
 * The JSON Schema of a plugin's configuration, for forms: Claude Code's `userConfig` and our `csp.configuration` together.
 * Null where nothing can be configured.
 */
export function toConfigurationSchema({ userConfig = {}, csp }: PluginManifest): JsonObject | null {
  const own = (csp?.configuration ?? {}) as JsonObject;
  const entries = Object.entries(userConfig);
  if (entries.length === 0 && csp?.configuration === undefined) return null;
  const properties = Object.fromEntries(entries.map(([name, option]) => [name, toOptionSchema(option)]));
  const required = entries
    .filter(([, option]) => option.required === true && option.default === undefined)
    .map(([name]) => name);
  return {
    ...own,
    type: 'object',
    properties: { ...properties, ...(own['properties'] as JsonObject | undefined) },
    required: [...required, ...((own['required'] ?? []) as string[])],
    ...(own['additionalProperties'] === undefined && { additionalProperties: false }),
  };
}

function toOptionSchema(option: NonNullable<PluginManifest['userConfig']>[string]): JsonObject {
  const { type, title, description, multiple, sensitive, min, max, options } = option;
  const about = { title, description, ...(option.default !== undefined && { default: option.default }) };
  if (sensitive === true)
    return { ...about, type: 'string', pattern: '^\\$\\{secret:[A-Za-z_][A-Za-z0-9_-]{0,63}\\}$' };
  if (type === 'number' || type === 'boolean')
    return { ...about, type, ...(min !== undefined && { minimum: min }), ...(max !== undefined && { maximum: max }) };
  const text = { type: 'string', ...(options !== undefined && { enum: options }) };
  return multiple === true ? { ...about, type: 'array', items: text } : { ...about, ...text };
}

/** Why a manifest's schema cannot be used; undefined where it can. */
export function findSchemaProblem(manifest: PluginManifest): PluginProblem | undefined {
  const schema = toConfigurationSchema(manifest);
  if (schema === null) return undefined;
  const place = { file: '.claude-plugin/plugin.json', field: 'csp.configuration' };
  if (JSON.stringify(schema).length > MAX_SCHEMA_CHARS)
    return { ...place, message: 'is larger than 64 KB', remedy: 'Make it smaller' };
  try {
    compile(schema);
    return undefined;
  } catch (error) {
    const reason = error instanceof Error ? error.message.slice(0, 200) : 'unknown';
    return { ...place, message: `is no JSON Schema: ${reason}`, remedy: 'Correct it; draft 2020-12 is taken' };
  }
}

/** Only an option that the plugin declares sensitive may name a secret: others reach texts that people and models see. */
export function isSensitive({ userConfig }: PluginManifest, option: string): boolean {
  return userConfig !== undefined && Object.hasOwn(userConfig, option) && userConfig[option]?.sensitive === true;
}

/** What is wrong with a configuration: paths as `/url`, with their reasons. Empty where it fits. */
export function checkConfiguration(manifest: PluginManifest, value: JsonObject): { path: string; message: string }[] {
  const naming = Object.keys(value).filter((key) => namesSecret(value[key]) && !isSensitive(manifest, key));
  if (naming.length > 0)
    return naming.map((key) => ({ path: `/${key}`, message: 'may not name a secret: the option is not sensitive' }));
  const schema = toConfigurationSchema(manifest);
  if (schema === null)
    return Object.keys(value).map((key) => ({ path: `/${key}`, message: 'the plugin has nothing to configure' }));
  try {
    const validate = compile(schema);
    const fits = vm.runInNewContext('check()', { check: () => validate(value) }, { timeout: CHECK_TIMEOUT_MS });
    if (fits === true) return [];
    return (validate.errors ?? []).map(({ instancePath, message = 'does not fit', params }) => {
      const extra = (params as { additionalProperty?: string }).additionalProperty;
      return { path: instancePath, message: extra === undefined ? message : `${message}: ${extra}` };
    });
  } catch {
    return [{ path: '', message: `could not be checked within ${CHECK_TIMEOUT_MS} ms` }];
  }
}

/** @throws where it is no JSON Schema. */
function compile(schema: JsonObject) {
  return new Ajv2020({ strict: false, allErrors: true, validateFormats: false }).compile(schema);
}
