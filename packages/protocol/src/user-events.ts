import { z } from 'zod';

import { resultContentBlock, userContent } from './content.ts';
import { unsupported } from './v1/unsupported.ts';

/** A message of a person. */
export const userMessageParams = z.strictObject({ type: z.literal('user.message'), content: userContent });

const userInterruptParams = z.strictObject({
  type: z.literal('user.interrupt'),
  session_thread_id: unsupported('without it everything is interrupted'),
});

const toolConfirmation = z.strictObject({
  type: z.literal('user.tool_confirmation'),
  tool_use_id: z
    .string()
    .min(1)
    .describe("The id of the `agent.tool_use` event, not of the tool call inside the model's message."),
  result: z.enum(['allow', 'deny']),
  deny_message: z.string().max(10_000).nullish().describe('Guidance that the agent reads and acts on.'),
  scope: z
    .enum(['once', 'session'])
    .optional()
    .describe('Ours: `session` also allows the same kind of call for the rest of the session.'),
  answers: z
    .record(z.string(), z.string())
    .optional()
    .describe('Ours: answers to an AskUserQuestion call, by question text.'),
  content: z
    .record(z.string(), z.union([z.string().max(100_000), z.number(), z.boolean(), z.array(z.string()).max(200)]))
    .optional()
    .describe('Ours: what the form of an MCP server asks for, by the name of the field.'),
  dismissed: z
    .literal(true)
    .optional()
    .describe('Ours: with `deny`, the question of an MCP server is cancelled and not declined.'),
});
const userToolConfirmationParams = toolConfirmation.refine(
  ({ result, deny_message: message }) => result === 'deny' || !message,
  { path: ['deny_message'], error: 'only goes with the result deny' },
);

const customToolResultParams = z.strictObject({
  type: z.literal('user.custom_tool_result'),
  custom_tool_use_id: z.string().min(1).describe('The id of the `agent.custom_tool_use` event.'),
  content: z.array(resultContentBlock).max(100).optional(),
  is_error: z.boolean().nullish(),
});

/**
 * What a client may send to a session. A field that this server does not know is refused: it might restrict the
 * others.
 */
export const userEventParams = z
  .discriminatedUnion('type', [
    userMessageParams,
    userInterruptParams,
    userToolConfirmationParams,
    customToolResultParams,
  ])
  .meta({ id: 'UserEvent', description: 'What a client may send into a session.' });
export type UserEventParams = z.infer<typeof userEventParams>;
export type UserMessageParams = z.infer<typeof userMessageParams>;
export type CustomToolResultParams = z.infer<typeof customToolResultParams>;
export type UserToolConfirmationParams = z.infer<typeof userToolConfirmationParams>;
