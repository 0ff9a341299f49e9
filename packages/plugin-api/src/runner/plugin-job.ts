import { z } from 'zod';

import type { Json } from '../json.ts';

export const DEFAULT_LIMITS = { memoryMb: 512, timeoutMs: 60_000, concurrency: 10 } as const;

/** The headers by which the platform says who asks. It never passes on those of a client. */
export const ACTOR_ID_HEADER = 'x-csp-actor-id';
export const ACTOR_ROLE_HEADER = 'x-csp-actor-role';

export interface PluginLimits {
  /** Of the plugin's heap, in MiB. What it keeps outside of it, such as buffers, its host limits. */
  memoryMb: number;
  /** Of one call. */
  timeoutMs: number;
  /** Calls at the same time; more wait. */
  concurrency: number;
}

/** What a runner is told: which plugin, and with what. */
export interface PluginJob {
  /** Name of the plugin in the registry. */
  plugin: string;
  version: string;
  part: 'tools' | 'endpoints' | 'hooks';
  /** Absolute path of the module that defines what it brings. */
  module: string;
  /** Tools that are offered, in this order, or the events whose hooks are asked; null for all. */
  toolNames: string[] | null;
  configuration: Record<string, Json>;
  secrets: Record<string, string>;
  limits: PluginLimits;
  /** Absolute; the socket on which endpoints or hooks are served. Absent for tools. */
  socket?: string;
}

const JOB_VARIABLE = 'CSP_PLUGIN_JOB';
const SECRET_VARIABLE = 'CSP_PLUGIN_SECRET_';

const jobText = z.object({
  plugin: z.string(),
  version: z.string(),
  part: z.enum(['tools', 'endpoints', 'hooks']),
  module: z.string(),
  toolNames: z.array(z.string()).nullable(),
  configuration: z.record(z.string(), z.json()),
  secretNames: z.array(z.string()),
  limits: z.object({ memoryMb: z.number(), timeoutMs: z.number(), concurrency: z.number() }),
  socket: z.string().optional(),
});

/**
 * The job as environment variables. Each secret has its own, so that its value may still be a reference such as
 * `${secret:NAME}`, and may be any text later.
 */
export function toJobEnvironment({ secrets, ...job }: PluginJob): Record<string, string> {
  const entries = Object.entries(secrets);
  // References in the configuration are the runner's to fill in: a value put in here would break the JSON.
  const text = JSON.stringify({ ...job, secretNames: entries.map(([name]) => name) }).replaceAll('${', '\\u0024{');
  return {
    [JOB_VARIABLE]: text,
    ...Object.fromEntries(entries.map(([, value], index) => [`${SECRET_VARIABLE}${index}`, value])),
  };
}

/** Takes the job out of an environment, so that programs which the plugin starts do not inherit its secrets. */
export function takeJob(environment: Record<string, string | undefined>): PluginJob {
  const { secretNames, socket, ...job } = jobText.parse(JSON.parse(environment[JOB_VARIABLE] ?? 'null'));
  const secrets = Object.fromEntries(
    secretNames.map((name, index) => [name, environment[`${SECRET_VARIABLE}${index}`] ?? '']),
  );
  for (const name of Object.keys(environment))
    if (name === JOB_VARIABLE || name.startsWith(SECRET_VARIABLE)) Reflect.deleteProperty(environment, name);
  const configuration = fillSecrets(job.configuration, secrets) as Record<string, Json>;
  return { ...job, configuration, secrets, ...(socket !== undefined && { socket }) };
}

function fillSecrets(value: Json, secrets: Readonly<Record<string, string>>): Json {
  if (typeof value === 'string')
    return value.replaceAll(/\$\{secret:([^{}]*)\}/g, (_, name: string) => secrets[name] ?? '');
  if (Array.isArray(value)) return value.map((each) => fillSecrets(each, secrets));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, fillSecrets(each, secrets)]));
}
