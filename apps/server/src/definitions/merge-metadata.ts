import { CspError } from '@claude-sdk-pattern/protocol';
import { MAX_METADATA_PAIRS, type MetadataPatch } from '@claude-sdk-pattern/protocol/v1';

/** Metadata after a change: a text sets a key, null deletes it. @throws CspError `invalid_request` for too many pairs. */
export function mergeMetadata(
  current: Readonly<Record<string, string>>,
  patch: MetadataPatch | null | undefined,
): Record<string, string> {
  const merged = new Map(Object.entries(current));
  for (const [key, value] of Object.entries(patch ?? {})) {
    if (value === null) merged.delete(key);
    else merged.set(key, value);
  }
  if (merged.size > MAX_METADATA_PAIRS) {
    throw new CspError(
      'invalid_request',
      `The request is not valid: metadata: has more than ${MAX_METADATA_PAIRS} pairs`,
      {
        details: { field: 'metadata' },
      },
    );
  }
  return Object.fromEntries(merged);
}
