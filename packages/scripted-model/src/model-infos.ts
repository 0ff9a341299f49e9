/** The models that `GET /v1/models` lists. The scripted model also accepts any other name. */
export const modelInfos = [
  toModelInfo('claude-opus-5-5', 'Claude Opus 5.5', 1_000_000),
  toModelInfo('claude-sonnet-5-5', 'Claude Sonnet 5.5', 1_000_000),
  toModelInfo('claude-haiku-4-5', 'Claude Haiku 4.5', 200_000),
];

function toModelInfo(id: string, displayName: string, maxInputTokens: number) {
  return {
    type: 'model',
    id,
    display_name: displayName,
    created_at: '2026-01-01T00:00:00Z',
    deprecated_at: null,
    retires_at: null,
    lifecycle: 'active',
    line: null,
    capabilities: null,
    max_input_tokens: maxInputTokens,
    max_tokens: 32_000,
  } as const;
}
