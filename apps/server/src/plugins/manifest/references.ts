import type { Json } from '../../audit/canonical-json.ts';
import type { McpServerConfig } from './mcp-server-config.ts';

const REFERENCE = /\$\{([^{}]*)\}/g;
const SECRET = /^secret:([A-Za-z_][A-Za-z0-9_-]{0,63})$/;
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;
const OURS = new Set(['CLAUDE_PLUGIN_ROOT', 'CLAUDE_PLUGIN_DATA', 'CLAUDE_PROJECT_DIR']);

/** Puts what `resolve` says in place of each `${…}`; undefined leaves it as it is. */
export function replaceReferences(text: string, resolve: (name: string) => string | undefined): string {
  return text.replaceAll(REFERENCE, (whole, name: string) => resolve(name) ?? whole);
}

/**
 * The secret that a reference names: `secret:NAME`, or an environment variable, as plugins for Claude Code name keys. The
 * server's own environment is never read for plugins.
 */
export function toSecretName(reference: string): string | undefined {
  const [, secret] = SECRET.exec(reference) ?? [];
  return secret ?? (VARIABLE.test(reference) && !OURS.has(reference) ? reference : undefined);
}

/** The default of `${NAME:-default}`; undefined for other references. */
export function toStatedDefault(reference: string): string | undefined {
  const at = reference.indexOf(':-');
  return at > 0 && VARIABLE.test(reference.slice(0, at)) ? reference.slice(at + 2) : undefined;
}

const NAMED_SECRET = /\$\{secret:[^}]*\}/g;

/** Whether a value of a configuration names a secret anywhere. */
export function namesSecret(value: Json): boolean {
  return (JSON.stringify(value) ?? '').includes('${secret:');
}

/** The secrets that a value names anywhere as `${secret:NAME}`. */
export function listNamedSecrets(value: Json): string[] {
  const references = [...(JSON.stringify(value) ?? '').matchAll(REFERENCE)];
  return references.flatMap(([, reference = '']) => SECRET.exec(reference)?.[1] ?? []);
}

/** Without references to secrets, nor any that would come to be by taking one out. */
export function withoutSecrets(text: string): string {
  const without = text.replaceAll(NAMED_SECRET, '');
  return without === text ? text : withoutSecrets(without);
}

/** Every text of a server's configuration in which references may stand. */
function listTexts(config: McpServerConfig): string[] {
  return 'command' in config
    ? [config.command, ...config.args, config.cwd ?? '', ...Object.values(config.env ?? {})]
    : [config.url, ...Object.values(config.headers ?? {})];
}

/** Names of the secrets that servers refer to. */
export function listSecrets(configs: readonly McpServerConfig[]): string[] {
  return [...new Set(configs.flatMap(listTexts).flatMap(listSecretsOf))].toSorted();
}

/** Names of the secrets that a text of a server's configuration refers to. */
export function listSecretsOf(text: string): string[] {
  return [...text.matchAll(REFERENCE)].flatMap(([, name = '']) => toSecretName(name) ?? []);
}
