import type { SessionResource } from '@claude-sdk-pattern/protocol';
import { useState } from 'react';

import { t } from '../../messages/index.ts';
import { useServices } from '../../services/services.ts';
import { SessionContext } from '../../session/session-context.ts';
import { createSessionStore } from '../../session/session-store.ts';
import { AnsweredNotice } from './answered-notice.tsx';

/**
 * Who answered first, of the sessions that the inbox has shown since it was opened: a session leaves the list as soon as
 * somebody has answered.
 */
export function LateNotices({ waiting }: { waiting: readonly SessionResource[] }) {
  const { getSession } = useServices();
  const [seen, setSeen] = useState<readonly SessionResource[]>([]);
  const fresh = waiting.filter(({ id }) => !seen.some((each) => each.id === id));
  if (fresh.length > 0) setSeen([...seen, ...fresh]);
  return seen.map(({ id, title }) => (
    <SessionContext key={id} value={getSession(id, createSessionStore)}>
      <AnsweredNotice of={title ?? t.sessions.untitled} />
    </SessionContext>
  ));
}
