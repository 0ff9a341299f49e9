import { resolve } from 'node:path';
import type { z } from 'zod';

import { findPasskeyOrigin } from './base-url.ts';
import { readFileVariables } from './file-variables.ts';
import { isLoopback } from './is-open-without-tls.ts';
import { CONFIG_VARIABLES } from './schema.ts';
import { toTracingSettings, type TracingSettings } from './tracing-settings.ts';
import { findUpstreamProblems, toUpstream, type Upstream, type UpstreamVariables } from './upstream-settings.ts';

type Variables = typeof CONFIG_VARIABLES;

export type Config = Readonly<{ [K in keyof Variables]: z.output<Variables[K]['schema']> }> & {
  readonly upstream: Upstream;
  /** Undefined where no traces are made. */
  readonly tracing: TracingSettings | undefined;
  /** What npm and git get of the server's environment: where things are and how to reach them, and no key of this server. */
  readonly toolEnvironment: Readonly<Record<string, string>>;
};

/** Variables that say where programs, their settings, proxies and certificates are. */
const TOOL_VARIABLES =
  /^(?:PATH|HOME|LANG|XDG_CONFIG_HOME|npm_config_.*|(?:https?|no|all)_proxy|NODE_EXTRA_CA_CERTS|SSL_CERT_(?:FILE|DIR)|GIT_SSL_CAINFO|CURL_CA_BUNDLE|SSH_AUTH_SOCK|GIT_SSH(?:_COMMAND)?)$/i;

function toToolEnvironment(environment: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const entries = Object.entries(environment).flatMap(([name, value]) =>
    value !== undefined && TOOL_VARIABLES.test(name) ? [[name, value] as const] : [],
  );
  return Object.fromEntries(entries);
}

/** Thrown when a variable cannot be read; the message names each one with its reason, never its value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/**
 * Reads the configuration from an environment (`process.env` by default) and the files that its `…_FILE` variables name,
 * checks it and freezes it. Empty variables count as not set.
 * @throws ConfigError naming every variable that is wrong.
 */
export function loadConfig(given: Readonly<Record<string, string | undefined>> = process.env): Config {
  const values: Record<string, unknown> = {};
  const names = Object.values(CONFIG_VARIABLES).map(({ name }) => name);
  const { environment, problems } = readFileVariables(given, names);
  for (const [key, variable] of Object.entries(CONFIG_VARIABLES)) {
    const raw = environment[variable.name];
    const parsed = variable.schema.safeParse(raw === '' ? undefined : raw);
    if (parsed.success) values[key] = parsed.data;
    else problems.push(`${variable.name}: ${parsed.error.issues.map((issue) => issue.message).join(', ')}`);
  }
  if (values['webhookUrl'] !== undefined && (values['webhookSecret'] as string[] | undefined)?.length === 0) {
    const { name } = CONFIG_VARIABLES.webhookSecret;
    problems.push(`${name}: is missing: make one with echo whsec_$(openssl rand -base64 32)`);
  }
  if (problems.length === 0)
    problems.push(...findIncomplete(values as Omit<Config, 'upstream' | 'tracing' | 'toolEnvironment'>));
  if (problems.length === 0) {
    const { name } = CONFIG_VARIABLES.upstreams;
    const found = findUpstreamProblems(values as unknown as UpstreamVariables, environment);
    problems.push(...found.map((problem) => `${name}: ${problem}`));
  }
  if (problems.length > 0) {
    throw new ConfigError(
      `The configuration is not usable.\n  ${problems.join('\n  ')}\nSee csp --help for every variable.`,
    );
  }
  const config = values as Omit<Config, 'upstream' | 'tracing' | 'toolEnvironment'>;
  return Object.freeze({
    ...{ ...config, dataDir: resolve(config.dataDir) },
    sharedDir: config.sharedDir && resolve(config.sharedDir),
    upstream: Object.freeze(toUpstream(config, environment)),
    tracing: toTracingSettings(config),
    toolEnvironment: Object.freeze(toToolEnvironment(environment)),
  });
}

/** Variables that others need and that are not set, and others that exclude each other. */
function findIncomplete(config: Omit<Config, 'upstream' | 'tracing' | 'toolEnvironment'>): string[] {
  const { oidcIssuer, oidcClientId, oidcAdmission, oidcRoles } = config;
  const { oidcIssuer: issuer, oidcClientId: clientId, oidcAdmission: admission, oidcRoles: roles } = CONFIG_VARIABLES;
  const problems: string[] = [];
  const require = (missing: { name: string }, because: string) =>
    problems.push(`${missing.name}: is needed where ${because}`);
  if (oidcIssuer === undefined && oidcClientId !== undefined) require(issuer, `${clientId.name} is set`);
  if (oidcIssuer !== undefined && oidcClientId === undefined) require(clientId, `${issuer.name} is set`);
  if (oidcAdmission === 'groups' && oidcRoles === undefined) require(roles, `${admission.name} is groups`);
  return [...problems, ...findLockOut(config)];
}

/** Passwords that are switched off where nobody could sign in otherwise. */
function findLockOut({
  passwordSignIn,
  oidcIssuer,
  publicUrl,
  host,
  port,
}: Omit<Config, 'upstream' | 'tracing' | 'toolEnvironment'>): string[] {
  const hasPasskeys = findPasskeyOrigin(publicUrl, port) !== undefined && (publicUrl !== undefined || isLoopback(host));
  if (passwordSignIn === 'on' || oidcIssuer !== undefined || hasPasskeys) return [];
  const { passwordSignIn: passwords, oidcIssuer: issuer, publicUrl: address } = CONFIG_VARIABLES;
  const passkeys = `${address.name} to an https address with a name or to http://localhost:PORT, for passkeys`;
  return [
    `${passwords.name}: off leaves nobody a way to sign in. Set ${issuer.name}, for single sign-on, or ${passkeys}`,
  ];
}
