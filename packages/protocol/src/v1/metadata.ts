import { z } from 'zod';

const key = z.string().min(1).max(64);
const value = z.string().max(512);
export const MAX_METADATA_PAIRS = 16;

/** Free key-value pairs of a resource. */
export const metadata = z.record(key, value).refine((pairs) => Object.keys(pairs).length <= MAX_METADATA_PAIRS, {
  error: `has more than ${MAX_METADATA_PAIRS} pairs`,
});

/** A change of metadata: a text sets a key, null deletes it. */
export const metadataPatch = z.record(key, value.nullable());
export type MetadataPatch = z.infer<typeof metadataPatch>;
