import { lazy, Suspense } from 'react';

const DiagramPreview = lazy(() => import('./diagram-preview.tsx').then((part) => ({ default: part.DiagramPreview })));
const HtmlPreview = lazy(() => import('./html-preview.tsx').then((part) => ({ default: part.HtmlPreview })));

/** What code can be shown as, besides its text. */
export type PreviewKind = 'diagram' | 'page';

const KINDS: Readonly<Record<string, PreviewKind>> = { mermaid: 'diagram', html: 'page', htm: 'page', svg: 'page' };
/** In characters. Mermaid itself draws no longer text by default. */
export const MAX_PREVIEW_CHARS: Readonly<Record<PreviewKind, number>> = { diagram: 50_000, page: 2_000_000 };

/** @param language of the fence; null where its code is text only. Pure. */
export function toPreviewKind(language: string): PreviewKind | null {
  const name = language.toLowerCase();
  return Object.hasOwn(KINDS, name) ? (KINDS[name] ?? null) : null;
}

export interface CodePreviewProps {
  kind: PreviewKind;
  code: string;
  previewKey: string;
  onProblem: (problem: string) => void;
}

/** Code as what it says, in a frame. Loaded with the first one that is shown. */
export function CodePreview({ kind, code, previewKey, onProblem }: CodePreviewProps) {
  return (
    <Suspense fallback={null}>
      {kind === 'diagram' ? (
        <DiagramPreview text={code} previewKey={previewKey} onProblem={onProblem} />
      ) : (
        <HtmlPreview html={code} />
      )}
    </Suspense>
  );
}
