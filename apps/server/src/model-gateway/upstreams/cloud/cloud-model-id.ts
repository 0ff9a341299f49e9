import type { CloudService } from './cloud-service.ts';

/** Dates and versions that the ids of older models have, as Claude Code 2.1.332 knows them. */
const DATED: Readonly<Record<string, { date: string; bedrock: string }>> = {
  'claude-3-5-haiku': { date: '20241022', bedrock: '-v1:0' },
  'claude-3-7-sonnet': { date: '20250219', bedrock: '-v1:0' },
  'claude-haiku-4-5': { date: '20251001', bedrock: '-v1:0' },
  'claude-sonnet-4': { date: '20250514', bedrock: '-v1:0' },
  'claude-sonnet-4-5': { date: '20250929', bedrock: '-v1:0' },
  'claude-opus-4': { date: '20250514', bedrock: '-v1:0' },
  'claude-opus-4-1': { date: '20250805', bedrock: '-v1:0' },
  'claude-opus-4-5': { date: '20251101', bedrock: '-v1:0' },
};
const VERSIONED: Readonly<Record<string, string>> = { 'claude-opus-4-6': '-v1' };
/** A date at the end of a name. */
const NAME = /^(.*?)(?:-(\d{8}))?$/;
/** Inference profiles of Bedrock by the beginning of the region; elsewhere the one of all regions. */
const PROFILES: Readonly<Record<string, string>> = { us: 'us', eu: 'eu', ap: 'apac' };

/**
 * The service's id of a model: what the operator has said, or else the rule that the ids of Claude follow; ids of its own and
 * names of other models stay as they are. Pure.
 */
export function toCloudModelId(
  model: string,
  { kind, region, modelIds }: Pick<CloudService, 'kind' | 'region' | 'modelIds'>,
): string {
  const own = Object.hasOwn(modelIds, model) ? modelIds[model] : undefined;
  if (own !== undefined) return own;
  if (!model.startsWith('claude-') || model.includes('@')) return model;
  const [, name = model, given] = NAME.exec(model) ?? [];
  const known = DATED[name];
  const date = given ?? known?.date;
  if (kind === 'vertex') return date === undefined ? name : `${name}@${date}`;
  const profile = PROFILES[region.split('-')[0] ?? ''] ?? 'global';
  const version = known?.bedrock ?? VERSIONED[name] ?? (given === undefined ? '' : '-v1:0');
  return `${profile}.anthropic.${name}${date === undefined ? '' : `-${date}`}${version}`;
}
