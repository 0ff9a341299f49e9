import { lazy, Suspense } from 'react';

import type { RewindDialogProps } from './rewind-dialog.tsx';

const RewindDialog = lazy(() => import('./rewind-dialog.tsx').then((module) => ({ default: module.RewindDialog })));

/** The dialog of a rewind, loaded when it is first opened. */
export function LazyRewindDialog(props: RewindDialogProps) {
  return (
    <Suspense fallback={null}>
      <RewindDialog {...props} />
    </Suspense>
  );
}
