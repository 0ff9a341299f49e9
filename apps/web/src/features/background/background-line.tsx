import { t } from '../../messages/index.ts';
import { PanelLink } from '../../services/panel-link.tsx';
import { useSession } from '../../session/session-context.ts';

/** How many commands run beside the conversation; opens their list. Nothing where none does. */
export function BackgroundLine() {
  const running = useSession((state) => state.view.tasks.filter(({ status }) => status === 'running').length);
  if (running === 0) return null;
  return (
    <p className="nums flex min-h-7 items-center gap-2 px-1 pb-1 text-sm">
      <span aria-hidden className="flex w-4 justify-center">
        <span className="size-1.5 rounded-full bg-ok" />
      </span>
      <PanelLink
        view={{ tab: 'background' }}
        className="tap inline-flex items-center text-muted underline underline-offset-3 hover:text-text"
      >
        {t.background.running(running)}
      </PanelLink>
    </p>
  );
}
