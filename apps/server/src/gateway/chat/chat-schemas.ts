import { chatRequest, clientFrame } from '@claude-sdk-pattern/protocol';
import { z } from 'zod';

import { TAGS } from '../openapi/information.ts';

const frame = clientFrame.meta({
  id: 'ClientFrame',
  description: 'What a client may say. Its `id` is chosen by the client, and its answer carries the same.',
});
const frames = chatRequest
  .extend({ frames: z.array(frame).min(1) })
  .meta({ examples: [{ frames: [{ type: 'session.attach', id: '1', session_id: 'sesn_01JD', after: 0 }] }] });

/** `GET /ws/v1/chat` */
export const openChat = {
  operationId: 'openChat',
  summary: 'Upgrade to the WebSocket of the typed client',
  tags: [TAGS.chat],
  description: `
One JSON object per text frame. One connection attaches to any number of sessions.

The client sends \`session.create\`, \`session.attach\`, \`session.detach\`, \`session.send\`, \`session.update\`, \`session.fork\` and others: see the schema ClientFrame. The server answers each with a \`reply\` or an \`error\` of the same \`id\`, and sends \`event\` (with its \`seq\`), \`preview\` (text while it is written) and \`pong\` frames.

\`session.attach\` with \`after\` replays what has a greater \`seq\` and goes on live, so a reconnect loses nothing. \`session.send\` and \`session.create\` are idempotent on their \`id\`. A frame over 1 MiB closes the connection with 1009; a reader that falls too far behind is closed with 4008 and can attach again. A connection whose credential ends (revoked, signed out, expired, locked, another role) is closed with 4003 within 2 s. So is one that follows a session which is not shared with its user any more, after a frame \`session.unshared\`.
`.trim(),
  response: { 101: z.undefined().describe('The connection is upgraded.') },
};

/** `POST /api/v1/chat`, which parses frame by frame, so that each gets its own answer. */
export const postChat = {
  operationId: 'postChat',
  summary: 'Send the same frames over HTTP, answered as server-sent events',
  tags: [TAGS.chat],
  description:
    'For networks that break WebSockets. Each `data:` line is the JSON of one server frame. The stream stays open for what is attached or watched; otherwise it ends with the last answer.',
  body: frames,
  response: {
    200: { description: 'Server frames as they come.', content: { 'text/event-stream': { schema: z.string() } } },
  },
};
