import { createPrivateKey } from 'node:crypto';

import type { BaseAnthropic } from '@anthropic-ai/sdk/client';
import { z } from 'zod';

import { toServiceUrl, type CloudService } from './cloud-service.ts';

/** A key that cannot be one of the service. */
export class UnusableKeyError extends Error {
  override readonly name = 'UnusableKeyError';
}

const awsKeys = z.object({
  access_key_id: z.string().min(1),
  secret_access_key: z.string().min(1),
  session_token: z.string().min(1).optional(),
});
/** A file of a service account has more fields. */
const googleKeys = z.object({
  client_email: z.string().min(1),
  private_key: z.string().transform((key) => (createPrivateKey(key), key)),
  project_id: z.string().optional(),
});
const GOOGLE_SCOPE = 'https://www.googleapis.com/auth/cloud-platform';

/**
 * The official client of a service. Its package is loaded here, so that a server without such an upstream does not pay for it.
 * @param key a Bedrock API key, or JSON with AWS keys; JSON of a Google service account. Undefined for the standard chain of
 * the cloud: environment, files, and the identity of the machine
 * @throws UnusableKeyError
 */
export async function createCloudClient(
  service: CloudService,
  { key, fetch }: { key: string | undefined; fetch: typeof globalThis.fetch },
): Promise<BaseAnthropic> {
  const common = { baseURL: toServiceUrl(service), fetch, maxRetries: 0, logLevel: 'off' } as const;
  if (service.kind === 'bedrock') {
    const { AnthropicBedrock } = await import('@anthropic-ai/bedrock-sdk');
    const options = { ...common, awsRegion: service.region };
    if (key === undefined) return new AnthropicBedrock({ ...options, apiKey: null, ...(await createAwsChain()) });
    if (!key.trimStart().startsWith('{')) return new AnthropicBedrock({ ...options, apiKey: key });
    const keys = parseKey(awsKeys, key, 'a Bedrock API key, or JSON with access_key_id and secret_access_key');
    return new AnthropicBedrock({
      ...{ ...options, apiKey: null, awsAccessKey: keys.access_key_id, awsSecretKey: keys.secret_access_key },
      awsSessionToken: keys.session_token ?? null,
    });
  }
  const { AnthropicVertex } = await import('@anthropic-ai/vertex-sdk');
  const { JWT } = await import('google-auth-library');
  if (key === undefined) {
    return new AnthropicVertex({ ...common, region: service.region, projectId: service.project ?? null });
  }
  const account = parseKey(googleKeys, key, 'the JSON of a Google service account');
  const authClient = new JWT({ email: account.client_email, key: account.private_key, scopes: GOOGLE_SCOPE });
  // Signed here for an hour: no call waits for a token of Google.
  authClient.useJWTAccessWithScope = true;
  const projectId = service.project ?? account.project_id ?? null;
  return new AnthropicVertex({ ...common, region: service.region, projectId, authClient });
}

/** The client itself makes a chain for each request (1.1.3), which reads files or asks the machine's identity each time. */
async function createAwsChain() {
  const { fromNodeProviderChain } = await import('@aws-sdk/credential-providers');
  const provider = fromNodeProviderChain();
  return { providerChainResolver: () => Promise.resolve(provider) };
}

function parseKey<Schema extends z.ZodType>(schema: Schema, key: string, expected: string): z.output<Schema> {
  try {
    return schema.parse(JSON.parse(key));
  } catch {
    // What the parser says may have a part of the key in it.
    throw new UnusableKeyError(`The key is not ${expected}`);
  }
}
