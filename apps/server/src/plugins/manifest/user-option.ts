import { z } from 'zod';

/** Claude Code's `userConfig` (CLI 2.1.332): values that a person gives before the plugin is used. */
const userOption = z.strictObject({
  type: z.enum(['string', 'number', 'boolean', 'directory', 'file']),
  title: z.string(),
  description: z.string(),
  required: z.boolean().optional(),
  default: z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]).optional(),
  multiple: z.boolean().optional().describe('Of type string: a list of texts.'),
  sensitive: z.boolean().optional().describe('Is kept as a secret, and no one can read it back.'),
  min: z.number().optional(),
  max: z.number().optional(),
  options: z.array(z.string().min(1).max(64)).min(1).optional().describe('Of type string: the only values.'),
});

export const userOptions = z.record(
  z.string().regex(/^[A-Za-z_]\w*$/, 'takes letters, digits and _, and does not begin with a digit'),
  userOption,
);
