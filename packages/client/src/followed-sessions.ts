import type { ClientFrame, ClientFrameOf, ServerFrame } from '@claude-sdk-pattern/protocol';

type AttachFrame = ClientFrameOf<'session.attach'>;
type WatchFrame = ClientFrameOf<'sessions.watch'>;
export type FollowFrame = AttachFrame | WatchFrame | ClientFrameOf<'session.detach'>;

/** What an event stream carries and how far it has come, so that another stream can continue there. */
export interface FollowedSessions {
  change: (frame: FollowFrame) => void;
  /** The frames that open a stream; empty where nothing is followed. */
  toFrames: () => ClientFrame[];
  /**
   * Notes a frame of a stream. `pass`: hand it to the client. `swallow`: it answers an attach that was only repeated
   * for a new stream. `broken`: such an attach was refused.
   */
  receive: (frame: ServerFrame) => 'pass' | 'swallow' | 'broken';
}

interface Followed {
  frame: AttachFrame;
  answered: boolean;
}

export function createFollowedSessions(): FollowedSessions {
  const sessions = new Map<string, Followed>();
  let watch: { frame: WatchFrame; answered: boolean } | undefined;

  function findByFrame(id: string): Followed | undefined {
    return [...sessions.values()].find(({ frame }) => frame.id === id);
  }

  function answer(frame: Extract<ServerFrame, { type: 'reply' | 'error' }>): 'pass' | 'swallow' | 'broken' {
    const followed = findByFrame(frame.id ?? '');
    const asked = followed ?? (watch?.frame.id === frame.id ? watch : undefined);
    if (!asked) return 'pass';
    const repeated = asked.answered;
    if (frame.type === 'error') {
      if (repeated) return 'broken';
      if (followed) sessions.delete(followed.frame.session_id);
      else watch = undefined;
      return 'pass';
    }
    asked.answered = true;
    // From here on the position is a `seq`, no longer a distance from the end.
    if (followed && 'first_seq' in frame.result) followed.frame = at(followed.frame, frame.result.first_seq - 1);
    return repeated ? 'swallow' : 'pass';
  }

  return {
    change(frame) {
      if (frame.type === 'session.detach') sessions.delete(frame.session_id);
      else if (frame.type === 'sessions.watch') watch = { frame, answered: false };
      else sessions.set(frame.session_id, { frame, answered: false });
    },
    toFrames: () => [...Array.from(sessions.values(), ({ frame }) => frame), ...(watch ? [watch.frame] : [])],
    receive(frame) {
      if (frame.type === 'reply' || frame.type === 'error') return answer(frame);
      if (frame.type === 'event') {
        const followed = sessions.get(frame.session_id);
        if (followed) followed.frame = at(followed.frame, frame.seq);
      }
      return 'pass';
    },
  };
}

function at({ tail: _, ...frame }: AttachFrame, after: number): AttachFrame {
  return { ...frame, after };
}
