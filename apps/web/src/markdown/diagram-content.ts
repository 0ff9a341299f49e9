import drawScript from './draw-diagram.js?raw';
import type { PreviewContent } from './preview-frame.tsx';

const FONT = 'system-ui, sans-serif';

/** What the frame of a diagram posts. */
export type DiagramMessage = { type: 'drawn'; height: number } | { type: 'failed'; message: string };

/** The content of a frame that draws a diagram and posts `DiagramMessage`s. Pure. */
export function toDiagramContent(
  text: string,
  look: { dark: boolean; background: string; library: string },
): PreviewContent {
  const { dark, background, library } = look;
  const diagram = { text, theme: dark ? 'dark' : 'default', font: FONT };
  const style = [
    `:root { color-scheme: ${dark ? 'dark' : 'light'} }`,
    `body { margin: 0; background: ${background}; font: 14px ${FONT} }`,
    'main { box-sizing: border-box; max-height: 100vh; padding: 12px; overflow: auto }',
    'svg { display: block; margin: auto }',
  ];
  return {
    html: `<!doctype html><html lang="en"><meta charset="utf-8"><style>${style.join('\n')}</style><body><main tabindex="0"></main>`,
    scripts: [library, `window.diagram = ${JSON.stringify(diagram)}`, drawScript],
  };
}

/** What a frame has posted; null where it is nothing that is understood. Pure. */
export function readDiagramMessage(data: unknown): DiagramMessage | null {
  if (typeof data !== 'object' || data === null) return null;
  const { type, height, message } = data as Readonly<Record<string, unknown>>;
  if (type === 'drawn' && typeof height === 'number' && Number.isFinite(height)) return { type, height };
  if (type === 'failed' && typeof message === 'string') return { type, message: message.slice(0, MAX_MESSAGE_CHARS) };
  return null;
}

const MAX_MESSAGE_CHARS = 600;
