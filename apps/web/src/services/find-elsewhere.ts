import type { PendingApprovalResource } from '@claude-sdk-pattern/protocol';

/** Who has to answer what a session waits for, where that is not the user: the operators, or somebody else. */
export type Elsewhere = 'operators' | 'others';

/** The user, as far as it matters for whom a call waits. */
export interface Viewer {
  id: string;
  /** Whether calls of sessions that they do not see can be handed to them. */
  isOperator: boolean;
}

/** The sessions, by id, none of whose calls waits for the user. The user may still deny them. */
export function findElsewhere(
  approvals: readonly PendingApprovalResource[],
  viewer: Viewer,
): ReadonlyMap<string, Elsewhere> {
  const found = new Map<string, Elsewhere>();
  const mine = new Set<string>();
  for (const approval of approvals) {
    const where = toElsewhere(approval, viewer);
    if (where === null) mine.add(approval.session_id);
    else if (found.get(approval.session_id) !== 'others') found.set(approval.session_id, where);
  }
  for (const id of mine) found.delete(id);
  return found;
}

/** Null where the call waits for the user. */
function toElsewhere(approval: PendingApprovalResource, { id, isOperator }: Viewer): Elsewhere | null {
  const { handed_over: handedOver, may_allow: mayAllow, owner } = approval;
  // Who has handed it over does not want to answer it, operator or not.
  const isTheirs = isOperator && mayAllow && handedOver?.by?.id !== id && owner.id !== id;
  if (handedOver !== null && !isTheirs) return 'operators';
  return mayAllow ? null : 'others';
}
