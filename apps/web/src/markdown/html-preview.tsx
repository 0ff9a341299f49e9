import { useMemo } from 'react';

import { PreviewBox } from './preview-box.tsx';
import { PreviewFrame } from './preview-frame.tsx';
import { v } from './preview-messages.ts';

const HEIGHT_PX = 384;

export interface HtmlPreviewProps {
  html: string;
  /** As high as what is around it. */
  fills?: boolean;
}

/** An HTML page that an agent wrote, with its scripts, in a frame of its own. */
export function HtmlPreview({ html, fills = false }: HtmlPreviewProps) {
  const content = useMemo(() => ({ html, scripts: [] }), [html]);
  // Also in the dark: what says nothing of its colours is drawn as in a window of its own, black on white.
  const frame = <PreviewFrame key={html} content={content} title={v.page} scheme="light" />;
  return (
    <PreviewBox title={v.page} {...(!fills && { height: HEIGHT_PX })} large={frame}>
      {frame}
    </PreviewBox>
  );
}
