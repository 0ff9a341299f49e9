import type { BetaEnvironment } from '@anthropic-ai/sdk/resources/beta/environments/environments';
import { z } from 'zod';

import { definitionScope } from './agent-resource.ts';
import { metadata } from './metadata.ts';
import { unsupported } from './unsupported.ts';

/** `unrestricted`, or `limited`, which allows only requests to the model. */
const networking = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('unrestricted') }),
  z.strictObject({
    type: z.literal('limited'),
    allowed_hosts: unsupported('limited reaches the model and nothing else'),
    allow_mcp_servers: z.literal(false, { error: 'only false is supported by this server' }).nullish(),
    allow_package_managers: z.literal(false, { error: 'only false is supported by this server' }).nullish(),
  }),
]);

const config = z.strictObject({
  type: z.literal('cloud', { error: 'only cloud is supported: this server itself is where processes run' }),
  networking: networking.nullish(),
  packages: z
    .strictObject({
      type: z.literal('packages').optional(),
      apt: unsupported(),
      cargo: unsupported(),
      gem: unsupported(),
      go: unsupported(),
      npm: unsupported(),
      pip: unsupported(),
    })
    .nullish(),
});
export type EnvironmentConfigParams = z.infer<typeof config>;

const name = z.string().trim().min(1).max(256);
const description = z.string().max(2048).nullish();

/** POST /v1/environments */
export const environmentCreateParams = z.strictObject({
  name,
  config: config.nullish(),
  description,
  metadata: metadata.optional(),
  scope: definitionScope.nullish(),
});
export type EnvironmentCreateParams = z.infer<typeof environmentCreateParams>;

/** POST /v1/environments/{id}: a field that is left out does not change. */
export const environmentUpdateParams = z.strictObject({
  name: name.nullish(),
  config: config.nullish(),
  description,
  /** Null or an empty text deletes a key. */
  metadata: z.record(z.string().min(1).max(64), z.string().max(512).nullable()).optional(),
  scope: definitionScope.nullish(),
});
export type EnvironmentUpdateParams = z.infer<typeof environmentUpdateParams>;

/** An environment in the shape of the Managed Agents API. */
export type EnvironmentResource = BetaEnvironment & { scope: z.infer<typeof definitionScope> };
