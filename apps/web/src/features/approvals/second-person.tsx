import { Users } from 'lucide-react';

import { t } from '../../messages/index.ts';
import { useServices } from '../../services/services.ts';
import { levelOf, useShared } from '../../services/session-level.ts';
import type { ToolItem } from '../../session/items.ts';

/** Whether this person may allow the call: where a rule demands a second person, only somebody else than who asked may. */
export function useMayAllow({ approval }: ToolItem): boolean {
  const { bootstrap } = useServices();
  const level = levelOf({ shared: useShared() });
  const barred = approval?.fourEyes ?? null;
  if (barred === null) return true;
  const { id, role } = bootstrap.user;
  return !barred.includes(id) && level !== 'own' && (level === 'manage' || role !== 'user');
}

/** Who has to allow the call, where a rule demands a second person. */
export function SecondPerson({ tool, mayAllow }: { tool: ToolItem; mayAllow: boolean }) {
  const { bootstrap } = useServices();
  const barred = tool.approval?.fourEyes ?? null;
  if (barred === null) return null;
  const { asked, others, second } = t.approvals.fourEyes;
  const told = mayAllow ? second : barred.includes(bootstrap.user.id) ? asked : others;
  return (
    <p data-four-eyes="" className="mt-1.5 flex items-start gap-1.5 text-sm text-warn">
      <Users size={14} aria-hidden className="mt-[3px] shrink-0" />
      <span className="min-w-0">{told}</span>
    </p>
  );
}
