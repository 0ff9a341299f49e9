import { Undo2 } from 'lucide-react';

import { useServices } from '../../services/services.ts';
import { useMayBranch } from '../../services/use-may-branch.ts';
import { useSession, useSessionStore } from '../../session/session-context.ts';
import { Button } from '../../ui/button.tsx';
import { TakeBackButton } from '../panel/take-back-button.tsx';
import { b } from './messages.ts';

/** At the end of a conversation that was rewound: who did that, and how it is taken back. */
export function RewoundNote() {
  const session = useSessionStore();
  const { bootstrap } = useServices();
  const rewound = useSession(({ view }) => view.rewound);
  const isBusy = useSession(({ branching, view }) => branching.state === 'busy' || view.activity === 'running');
  const mayBranch = useMayBranch();
  if (rewound === null) return null;
  const who = rewound.actor.id === bootstrap.user.id ? null : rewound.actor.name;
  return (
    <div role="status" className="mb-4 flex flex-wrap items-center gap-x-3 gap-y-2 text-sm">
      <span className="flex min-w-0 items-center gap-2 text-muted">
        <Undo2 size={14} aria-hidden className="shrink-0" />
        {b.rewound(who, rewound.files?.total ?? 0)}
      </span>
      {rewound.files !== null && <TakeBackButton eventId={rewound.files.eventId} part="both" />}
      {rewound.files === null && mayBranch && (
        <Button size="small" busy={isBusy} onClick={() => void session.switchTo(rewound.messageId)}>
          {b.takeBack}
        </Button>
      )}
    </div>
  );
}

/** Says why the conversation does not go on from another place, where no message is open that says it. */
export function BranchingFailure() {
  const session = useSessionStore();
  const problem = useSession(({ branching, editing }) =>
    branching.state === 'failed' && branching.messageId !== editing ? branching.problem : null,
  );
  if (problem === null) return null;
  return (
    <div role="alert" className="mb-4 flex flex-wrap items-center gap-x-3 gap-y-2 text-sm text-bad">
      <span className="min-w-0 wrap-anywhere">{b.failed(problem.message)}</span>
      <Button size="small" onClick={session.dismissBranching}>
        {b.dismiss}
      </Button>
    </div>
  );
}
