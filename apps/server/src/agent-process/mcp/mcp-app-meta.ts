import { z } from 'zod';

import type { McpAppPage } from '../../store/mcp-apps.ts';
import { toAppOrigins } from './app-origins.ts';

/** The name of MCP Apps among a client's extensions, and the one type of page (SEP-1865, revision 2026-01-26). */
export const APPS_EXTENSION = 'io.modelcontextprotocol/ui';
export const APP_MIME_TYPE = 'text/html;profile=mcp-app';

/** What a tool says of its app. */
export interface ToolApp {
  /** `ui://…`; undefined for a tool without an app. */
  resourceUri: string | undefined;
  /** Whether the agent may call it. */
  isForModel: boolean;
  /** Whether apps of the same server may call it. */
  isForApps: boolean;
}

const MAX_URI_CHARS = 2048;
const MAX_PAGE_BYTES = 2 * 1024 * 1024;

const uiUri = z.string().max(MAX_URI_CHARS).startsWith('ui://');
const toolMeta = z.object({
  _meta: z.object({
    ui: z
      .object({
        resourceUri: uiUri.optional().catch(undefined),
        visibility: z.array(z.string()).optional().catch(undefined),
      })
      .optional()
      .catch(undefined),
    // As servers wrote it before the revision 2026-01-26.
    'ui/resourceUri': uiUri.optional().catch(undefined),
  }),
});
const origins = z.array(z.string().max(MAX_URI_CHARS)).max(100).optional().catch(undefined);
const contents = z.object({
  contents: z
    .array(
      z.object({
        uri: z.string(),
        mimeType: z.string().optional(),
        text: z.string().optional(),
        blob: z.string().optional(),
        _meta: z
          .object({
            ui: z
              .object({
                csp: z.object({ connectDomains: origins, resourceDomains: origins }).optional().catch(undefined),
              })
              .optional()
              .catch(undefined),
          })
          .optional()
          .catch(undefined),
      }),
    )
    .min(1),
});

/** What a listed tool says of its app; anything that is not as specified is ignored. */
export function readToolApp(tool: Readonly<Record<string, unknown>>): ToolApp {
  const { _meta: meta } = toolMeta.safeParse(tool).data ?? {};
  const visibility = meta?.ui?.visibility ?? ['model', 'app'];
  return {
    resourceUri: meta?.ui?.resourceUri ?? meta?.['ui/resourceUri'],
    isForModel: visibility.includes('model'),
    isForApps: visibility.includes('app'),
  };
}

/** The page in the answer to `resources/read`. @throws Error with a clause for people. */
export function readAppPage(answer: unknown): Omit<McpAppPage, 'server'> {
  const [content] = contents.safeParse(answer).data?.contents ?? [];
  if (content === undefined) throw new Error('its server has no page for it');
  const { mimeType = 'nothing', text, blob, _meta: meta } = content;
  if (mimeType.replaceAll(/\s/g, '').toLowerCase() !== APP_MIME_TYPE)
    throw new Error(`its page is ${mimeType.slice(0, 100)}, which is not ${APP_MIME_TYPE}`);
  const html = text ?? Buffer.from(blob ?? '', 'base64').toString('utf8');
  if (Buffer.byteLength(html) > MAX_PAGE_BYTES) throw new Error('its page is larger than 2 MB');
  return {
    html,
    connectOrigins: toAppOrigins(meta?.ui?.csp?.connectDomains ?? [], ['https:', 'wss:']),
    resourceOrigins: toAppOrigins(meta?.ui?.csp?.resourceDomains ?? [], ['https:']),
  };
}
