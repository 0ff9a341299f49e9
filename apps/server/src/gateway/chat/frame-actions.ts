import type { ClientFrameType } from '@claude-sdk-pattern/protocol';

import type { Action } from '../../access/actions.ts';

/** The action that each frame needs, as in the table of `access`. A route names its action in its config instead. */
export const FRAME_ACTIONS = {
  'session.create': 'session.create',
  'session.attach': 'session.read',
  'session.detach': 'chat.connect',
  'session.send': 'session.send',
  'session.rerun': 'session.send',
  'session.rewind': 'session.send',
  'session.switch': 'session.send',
  'session.update': 'session.update',
  'session.fork': 'session.fork',
  'session.withdraw': 'session.send',
  'session.wake': 'session.send',
  'session.typing': 'session.send',
  'session.retry_now': 'session.send',
  'sessions.watch': 'session.read',
  'overview.watch': 'overview.read',
  'overview.unwatch': 'overview.read',
  ping: 'chat.connect',
} as const satisfies Record<ClientFrameType, Action>;
