import type { BetaFileMetadata } from '@anthropic-ai/sdk/resources/beta/files';
import { z } from 'zod';

/** Seconds from upload until a file expires: from an hour to ninety days. */
export const expiresInSeconds = z.coerce.number().int().min(3600).max(7_776_000);

/** A file's properties, in the shape of the Managed Agents API. */
export type FileResource = BetaFileMetadata;
