import { useMemo, type ReactNode } from 'react';

import { toHref } from '../../api/base-path.ts';
import { PreviewContext } from '../../markdown/preview-context.ts';
import { isQuestionOpen, useStandsStill } from './mcp-app/app-questions.ts';

const FRAME_PATH = '/api/v1/preview-frame';

/** Lets the code below it be shown as pages and diagrams. Their frames stand still while an app asks something. */
export function PreviewProvider({ children }: { children: ReactNode }) {
  const isStill = useStandsStill();
  const host = useMemo(() => ({ href: toHref(FRAME_PATH), isStill, isQuestionOpen }), [isStill]);
  return <PreviewContext value={host}>{children}</PreviewContext>;
}
