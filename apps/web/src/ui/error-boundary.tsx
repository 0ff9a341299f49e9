import { Component, type ErrorInfo, type ReactNode } from 'react';

import { t } from '../messages/index.ts';
import { Button } from './button.tsx';

interface Props {
  children: ReactNode;
  /** When it changes, the boundary tries again. */
  resetKey?: unknown;
  compact?: boolean;
}

/** Limits a crash to the part of the page where it happened. (A class, because React has no function for this.) */
export class ErrorBoundary extends Component<Props, { error: Error | null; key: unknown }> {
  override state = { error: null as Error | null, key: this.props.resetKey };

  static getDerivedStateFromError(error: Error) {
    return { error };
  }

  static getDerivedStateFromProps(props: Props, state: { error: Error | null; key: unknown }) {
    return props.resetKey === state.key ? null : { error: null, key: props.resetKey };
  }

  override componentDidCatch(error: Error, info: ErrorInfo): void {
    console.error(error, info.componentStack);
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === null) return this.props.children;
    if (this.props.compact === true) {
      return (
        <p role="alert" className="rounded-sm bg-bad-soft px-3 py-2 text-sm text-bad">
          {t.app.crashed}: {error.message}
        </p>
      );
    }
    return (
      <div role="alert" className="m-auto flex max-w-md flex-col items-start gap-3 p-6">
        <h1 className="text-xl font-semibold">{t.app.crashed}</h1>
        <p className="text-muted">{t.app.crashedHelp}</p>
        <pre className="code-text max-w-full overflow-x-auto rounded-sm bg-surface p-3 text-muted">{error.message}</pre>
        <div className="flex gap-2">
          <Button look="primary" onClick={() => location.reload()}>
            {t.app.reload}
          </Button>
          <Button onClick={() => this.setState({ error: null })}>{t.app.retry}</Button>
        </div>
      </div>
    );
  }
}
