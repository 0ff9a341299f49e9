/** Where Claude is offered by a cloud: its official client speaks to it, and the agents go on with the Messages API. */
export interface CloudService {
  kind: 'bedrock' | 'vertex';
  region: string;
  /** Of Google Cloud; by default the one of the credentials. */
  project: string | undefined;
  /** In place of the one of the region. */
  baseUrl: string | undefined;
  /** Its own ids of models by the names that agents ask for. */
  modelIds: Readonly<Record<string, string>>;
  /** The betas that it takes; others are left out. */
  betas: readonly string[];
  /** Fields of requests that it does not take. */
  dropFields: readonly string[];
}

/** For people: where it is. */
export function toServiceUrl({ kind, region, baseUrl }: Pick<CloudService, 'kind' | 'region' | 'baseUrl'>): string {
  if (baseUrl !== undefined) return baseUrl;
  if (kind === 'bedrock') return `https://bedrock-runtime.${region}.amazonaws.com`;
  return region === 'global'
    ? 'https://aiplatform.googleapis.com/v1'
    : `https://${region}-aiplatform.googleapis.com/v1`;
}
