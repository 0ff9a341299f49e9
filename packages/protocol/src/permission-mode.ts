import { z } from 'zod';

/**
 * How tool calls are decided in a session: `default` asks before anything that changes something, `acceptEdits`
 * allows file edits inside the workspace, `plan` only reads, `bypassPermissions` never asks.
 */
export const permissionMode = z.enum(['default', 'acceptEdits', 'plan', 'bypassPermissions']).meta({
  id: 'PermissionMode',
  description:
    'How tool calls are decided: `default` asks before anything that changes something, `acceptEdits` lets file edits inside the workspace pass, `plan` only reads, `bypassPermissions` never asks.',
});
export type PermissionMode = z.infer<typeof permissionMode>;
