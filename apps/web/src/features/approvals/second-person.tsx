import type { EventActor } from '@claude-sdk-pattern/protocol';
import { Users } from 'lucide-react';
import { useShallow } from 'zustand/react/shallow';

import { t } from '../../messages/index.ts';
import { useServices } from '../../services/services.ts';
import { levelOf, useShared } from '../../services/session-level.ts';
import type { Item, ToolItem } from '../../session/items.ts';
import { useSession } from '../../session/session-context.ts';
import { VisibleText } from '../../ui/visible-text.tsx';
import { mayHandOver } from './hand-over.tsx';

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
  const level = levelOf({ shared: useShared() });
  const barred = tool.approval?.fourEyes ?? null;
  const askers = useSession(useShallow(({ view }) => findAskers([...view.items.values()], barred)));
  if (barred === null) return null;
  const { second, youMay, youMayDeny } = t.approvals.fourEyes;
  const why = level === 'own' ? describeOwn(askers, bootstrap.user.id) : describeBarred(barred, bootstrap.user.id);
  const told = mayAllow ? second : `${why} ${mayHandOver(tool) ? youMay : youMayDeny}`;
  return (
    <p data-four-eyes="" className="mt-1.5 flex items-start gap-1.5 text-sm text-warn">
      <Users size={14} aria-hidden className="mt-[3px] shrink-0" />
      <span className="min-w-0 wrap-anywhere">
        <VisibleText text={told} />
      </span>
    </p>
  );
}

/** Those who asked for the work, of the messages that are loaded. */
function findAskers(items: readonly Item[], barred: readonly string[] | null): readonly EventActor[] {
  const actors = items.flatMap((item) => (item.kind === 'user' && item.actor !== null ? [item.actor] : []));
  return (barred ?? []).flatMap((id) => actors.findLast((actor) => actor.id === id) ?? []);
}

/** For the session's owner, who may not allow it whoever asked. */
function describeOwn(askers: readonly EventActor[], me: string): string {
  const { asked, own } = t.approvals.fourEyes;
  if (askers.some(({ id }) => id === me)) return asked;
  return own(askers.length === 0 ? null : askers.map(({ name }) => name).join(', '));
}

function describeBarred(barred: readonly string[], me: string): string {
  const { asked, others } = t.approvals.fourEyes;
  return barred.includes(me) ? asked : others;
}
