import { useCallback, useEffect, useMemo, useRef, useState } from 'react';

import { heightOf, noteHeight, toShownHeight } from '../ui/frame-heights.ts';
import { useLookChange } from '../ui/use-look-change.ts';
import { readDiagramMessage, toDiagramContent } from './diagram-content.ts';
import { loadDiagramLibrary } from './diagram-library.ts';
import { PreviewBox } from './preview-box.tsx';
import { PreviewFrame } from './preview-frame.tsx';
import { v } from './preview-messages.ts';

const TIMEOUT_MS = 10_000;

export interface DiagramPreviewProps {
  text: string;
  /** Keeps its height for when the list of rows brings it back. */
  previewKey: string;
  /** Gets why it is not there. */
  onProblem: (problem: string) => void;
}

/** A Mermaid diagram, drawn in a frame of its own. */
export function DiagramPreview({ text, previewKey, onProblem }: DiagramPreviewProps) {
  const library = useLibrary(onProblem);
  const look = useLook();
  const [height, setHeight] = useState(() => heightOf(previewKey));
  const [drawn, setDrawn] = useState<string | null>(null);
  const content = useMemo(
    () => (library === null ? null : toDiagramContent(text, { ...look, library })),
    [text, look, library],
  );
  const key = `${look.background} ${text}`;
  const isDrawn = drawn === key;
  const fail = useLatest(onProblem);
  useEffect(() => {
    if (content === null || isDrawn) return undefined;
    const timer = setTimeout(() => fail(v.slow), TIMEOUT_MS);
    return () => clearTimeout(timer);
  }, [content, isDrawn, fail]);
  const onMessage = (data: unknown) => {
    const message = readDiagramMessage(data);
    if (message?.type === 'failed') onProblem(v.failed(message.message));
    if (message?.type !== 'drawn') return;
    const shown = toShownHeight(message.height);
    noteHeight(previewKey, shown);
    setHeight(shown);
    setDrawn(key);
  };
  const scheme = look.dark ? 'dark' : 'light';
  return (
    <PreviewBox
      title={v.diagram}
      height={height}
      large={content && <PreviewFrame key={key} content={content} title={v.diagram} scheme={scheme} />}
    >
      {content && <PreviewFrame key={key} content={content} title={v.diagram} scheme={scheme} onMessage={onMessage} />}
      {!isDrawn && (
        <p role="status" className="anim-late absolute inset-0 grid place-content-center bg-raised text-sm text-muted">
          {v.drawing}
        </p>
      )}
    </PreviewBox>
  );
}

/** Null until it is loaded. */
function useLibrary(onProblem: (problem: string) => void): string | null {
  const [library, setLibrary] = useState<string | null>(null);
  const fail = useLatest(onProblem);
  useEffect(() => {
    let current = true;
    loadDiagramLibrary().then(
      (text) => current && setLibrary(text),
      () => current && fail(v.notLoaded),
    );
    return () => {
      current = false;
    };
  }, [fail]);
  return library;
}

/** A function that stays the same and calls the present `callback`. */
function useLatest(callback: (problem: string) => void): (problem: string) => void {
  const latest = useRef(callback);
  useEffect(() => {
    latest.current = callback;
  });
  return useCallback((problem) => latest.current(problem), []);
}

interface Look {
  dark: boolean;
  background: string;
}

/** How the page looks now. */
function useLook(): Look {
  const [look, setLook] = useState(readLook);
  useLookChange(
    useCallback(() => setLook((before) => (before.background === readLook().background ? before : readLook())), []),
  );
  return look;
}

function readLook(): Look {
  const style = getComputedStyle(document.documentElement);
  return { dark: style.colorScheme === 'dark', background: style.getPropertyValue('--raised').trim() };
}
