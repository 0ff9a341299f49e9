import { expect, it } from 'vitest';

import { toCloudModelId } from './cloud-model-id.ts';

it.each([
  ['claude-opus-5-5', 'us.anthropic.claude-opus-5-5', 'claude-opus-5-5'],
  ['claude-opus-4-6', 'us.anthropic.claude-opus-4-6-v1', 'claude-opus-4-6'],
  ['claude-haiku-4-5', 'us.anthropic.claude-haiku-4-5-20251001-v1:0', 'claude-haiku-4-5@20251001'],
  ['claude-haiku-4-5-20251001', 'us.anthropic.claude-haiku-4-5-20251001-v1:0', 'claude-haiku-4-5@20251001'],
  ['own', 'mapped', 'mapped'],
  ['us.anthropic.claude-opus-5', 'us.anthropic.claude-opus-5', 'us.anthropic.claude-opus-5'],
])('calls %s by the ids of the clouds, %s and %s', (model, bedrock, vertex) => {
  const of = { region: 'us-east-1', modelIds: { own: 'mapped' } };
  expect([toCloudModelId(model, { ...of, kind: 'bedrock' }), toCloudModelId(model, { ...of, kind: 'vertex' })]).toEqual(
    [bedrock, vertex],
  );
});

it('takes the inference profile of the part of the world', () => {
  const toId = (region: string) => toCloudModelId('claude-opus-5', { kind: 'bedrock', region, modelIds: {} });
  expect(['eu-west-1', 'ap-southeast-2', 'ca-central-1'].map(toId)).toEqual([
    ...['eu.anthropic.claude-opus-5', 'apac.anthropic.claude-opus-5', 'global.anthropic.claude-opus-5'],
  ]);
});
