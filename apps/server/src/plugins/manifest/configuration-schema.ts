import vm from 'node:vm';

import { Ajv2020 } from 'ajv/dist/2020.js';

import type { JsonObject } from '../../audit/canonical-json.ts';
import type { PluginProblem } from '../problem.ts';
import type { PluginManifest } from './plugin-manifest.ts';
import { namesSecret } from './references.ts';

const MAX_SCHEMA_CHARS = 64 * 1024;
/** A pattern in the schema of a plugin may take for ever. */
const CHECK_TIMEOUT_MS = 250;
const COMPILE_TIMEOUT_MS = 1000;
/** How the pattern of an option begins that takes a secret by its name. Forms know such an option by it. */
const SECRET_PATTERN = '^\\$\\{secret:';

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
    return { ...about, type: 'string', pattern: `${SECRET_PATTERN}[A-Za-z_][A-Za-z0-9_-]{0,63}\\}$` };
  if (type === 'number' || type === 'boolean')
    return { ...about, type, ...(min !== undefined && { minimum: min }), ...(max !== undefined && { maximum: max }) };
  const text = { type: 'string', ...(options !== undefined && { enum: options }) };
  return multiple === true ? { ...about, type: 'array', items: text } : { ...about, ...text };
}

/** Whether an option, by its schema, takes a secret by its name. */
export function isSecretOption(schema: unknown): boolean {
  const { pattern } = (schema ?? {}) as { pattern?: unknown };
  return typeof pattern === 'string' && pattern.startsWith(SECRET_PATTERN);
}

/** Why a manifest's schema cannot be used; undefined where it can. */
export function findSchemaProblem(manifest: PluginManifest): PluginProblem | undefined {
  const schema = toConfigurationSchema(manifest);
  if (schema === null) return undefined;
  const place = { file: '.claude-plugin/plugin.json', field: 'csp.configuration' };
  try {
    if (JSON.stringify(schema).length > MAX_SCHEMA_CHARS)
      return { ...place, message: 'is larger than 64 KB', remedy: 'Make it smaller' };
    const validate = within(COMPILE_TIMEOUT_MS, () => compile(schema));
    within(CHECK_TIMEOUT_MS, () => validate({}));
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

interface ConfigurationIssue {
  path: string;
  message: string;
}

/** What was last found for a manifest: the same is asked at each look at a plugin. */
const lastChecked = new WeakMap<PluginManifest, { value: string; issues: ConfigurationIssue[] }>();

/** What is wrong with a configuration: paths as `/url`, with their reasons. Empty where it fits. */
export function checkConfiguration(manifest: PluginManifest, value: JsonObject): ConfigurationIssue[] {
  const text = JSON.stringify(value);
  const known = lastChecked.get(manifest);
  if (known?.value === text) return known.issues;
  const issues = findIssues(manifest, value);
  lastChecked.set(manifest, { value: text, issues });
  return issues;
}

function findIssues(manifest: PluginManifest, value: JsonObject): ConfigurationIssue[] {
  const naming = Object.keys(value).filter((key) => namesSecret(value[key]) && !isSensitive(manifest, key));
  if (naming.length > 0)
    return naming.map((key) => ({ path: `/${key}`, message: 'may not name a secret: the option is not sensitive' }));
  const schema = toConfigurationSchema(manifest);
  if (schema === null)
    return Object.keys(value).map((key) => ({ path: `/${key}`, message: 'the plugin has nothing to configure' }));
  try {
    const validate = within(COMPILE_TIMEOUT_MS, () => compile(schema));
    if (within(CHECK_TIMEOUT_MS, () => validate(value))) return [];
    return (validate.errors ?? []).map(({ instancePath, message = 'does not fit', params }) => {
      const { additionalProperty: extra, missingProperty: missing } = params as Record<string, string | undefined>;
      if (missing !== undefined) return { path: `${instancePath}/${missing}`, message: 'is missing' };
      return extra === undefined
        ? { path: instancePath, message }
        : { path: `${instancePath}/${extra}`, message: 'is no option of the plugin' };
    });
  } catch {
    return [{ path: '', message: `could not be checked within ${CHECK_TIMEOUT_MS} ms` }];
  }
}

/** @throws where it is no JSON Schema. */
function compile(schema: JsonObject) {
  return new Ajv2020({ strict: false, allErrors: true, validateFormats: false }).compile(schema);
}

/** @throws where it takes longer. */
function within<T>(timeout: number, run: () => T): T {
  try {
    return vm.runInNewContext('run()', { run }, { timeout }) as T;
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    throw new Error(`checking it takes longer than ${timeout} ms`, { cause: error });
  }
}
