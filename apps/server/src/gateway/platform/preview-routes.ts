import { CspError } from '@claude-sdk-pattern/protocol';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';

import { TAGS } from '../openapi/information.ts';
import { toAppHeaders } from './mcp-app-headers.ts';

/**
 * Does without WebRTC, for which browsers have no policy (Chromium 156 knows no `webrtc` directive), and takes one message of
 * the page around it, `{ html, scripts }`: writes the HTML into itself, then runs the scripts. Whatever
 * comes from anywhere else is ignored, and so is everything where the page is in no frame.
 */
const PAGE = `<!doctype html>
<meta charset="utf-8">
<title>Preview</title>
<script>
for (const name of Object.getOwnPropertyNames(window)) if (/RTC/.test(name)) delete window[name];
addEventListener('message', function receive({ source, data }) {
  if (parent === window || source !== parent) return;
  removeEventListener('message', receive);
  document.open();
  document.write(data.html);
  document.close();
  for (const text of data.scripts) {
    const script = document.createElement('script');
    script.textContent = text;
    document.body.append(script);
  }
});
</script>
`;

const page = {
  description:
    'The page. Its headers keep it from everything else: it belongs into a frame with `sandbox="allow-scripts"`.',
  content: { 'text/html': { schema: z.string() } },
};

/** The empty page in which the web app shows HTML and diagrams that an agent wrote. It holds nothing of anybody. */
export const previewRoutes: FastifyPluginAsyncZod = async (app) => {
  app.get(
    '/api/v1/preview-frame',
    {
      config: { action: 'public.use' },
      schema: {
        operationId: 'getPreviewFrame',
        summary: 'Get the empty page in which previews are shown; no credential needed',
        tags: [TAGS.sessions],
        response: { 200: page },
      },
    },
    async (request, reply) => {
      // In a tab of its own, what it shows could pass for a page of ours.
      if (request.headers['sec-fetch-dest'] === 'document')
        throw new CspError('invalid_request', 'This page is shown in a frame only');
      const headers = toAppHeaders({ connectOrigins: [], resourceOrigins: [] }, 'isolated');
      return reply.headers(headers).header('cache-control', 'no-cache').type('text/html; charset=utf-8').send(PAGE);
    },
  );
};
