import type { PresentPerson } from '@claude-sdk-pattern/protocol';

/** One connection that has a session open. */
export interface Visit {
  /** The person writes now; holds for `TYPING_MS` unless it is said again. */
  noteTyping(): void;
  /** The person has sent or deleted what they wrote, on this or another of their connections. */
  noteSent(): void;
  leave(): void;
}

/** Who has which session open on this server, and who writes. Nothing of it is stored. */
export interface Presence {
  /**
   * Counts a connection until it leaves. `tell` gets everybody who is there, whenever that changes, and only while or
   * after others are there too: somebody who is alone hears nothing.
   */
  join(
    sessionId: string,
    visitor: { person: { id: string; name: string }; tell: (people: readonly PresentPerson[]) => void },
  ): Visit;
}

/** How long somebody counts as writing after their last key. */
const TYPING_MS = 5000;
/** A session tells at most once in this time, whatever its people do. */
const LEAST_INTERVAL_MS = 250;

interface Visitor {
  person: { id: string; name: string };
  tell: (people: readonly PresentPerson[]) => void;
  typingUntilMs: number;
}

interface Room {
  visitors: Set<Visitor>;
  /** What was told last, as JSON; empty while nobody was told of others. */
  told: string;
  timer: NodeJS.Timeout | undefined;
  /** When the timer fires. */
  timerAtMs: number;
  toldAtMs: number;
}

export function createPresence(nowMs: () => number = () => performance.now()): Presence {
  const rooms = new Map<string, Room>();

  function tell(sessionId: string, room: Room): void {
    room.timer = undefined;
    const now = nowMs();
    const people = listPeople(room, now);
    const text = people.length > 1 || room.told !== '' ? JSON.stringify(people) : '';
    if (text !== room.told) {
      room.told = people.length > 1 ? text : '';
      room.toldAtMs = now;
      for (const visitor of room.visitors) visitor.tell(people);
    }
    const ends = Array.from(room.visitors, ({ typingUntilMs }) => typingUntilMs).filter((end) => end > now);
    if (ends.length > 0) schedule(sessionId, room, Math.min(...ends));
  }

  function schedule(sessionId: string, room: Room, atMs: number): void {
    const dueMs = Math.max(atMs, room.toldAtMs + LEAST_INTERVAL_MS);
    if (room.timer !== undefined && room.timerAtMs <= dueMs) return;
    clearTimeout(room.timer);
    room.timerAtMs = dueMs;
    room.timer = setTimeout(() => tell(sessionId, room), Math.max(0, dueMs - nowMs())).unref();
  }

  return {
    join(sessionId, { person, tell: tellVisitor }) {
      const room = rooms.get(sessionId) ?? {
        ...{ visitors: new Set(), told: '', timer: undefined, timerAtMs: 0 },
        toldAtMs: -Infinity,
      };
      rooms.set(sessionId, room);
      const visitor: Visitor = { person, tell: tellVisitor, typingUntilMs: -Infinity };
      room.visitors.add(visitor);
      if (room.visitors.size > 1) {
        // Told again in any case, for whoever has just come.
        if (room.told !== '') room.told = 'changed';
        schedule(sessionId, room, nowMs());
      }
      return {
        noteTyping() {
          visitor.typingUntilMs = nowMs() + TYPING_MS;
          if (room.visitors.size > 1) schedule(sessionId, room, nowMs());
        },
        noteSent() {
          let isWriting = false;
          for (const each of room.visitors) {
            if (each.person.id !== person.id || each.typingUntilMs <= nowMs()) continue;
            each.typingUntilMs = -Infinity;
            isWriting = true;
          }
          if (isWriting && room.visitors.size > 1) schedule(sessionId, room, nowMs());
        },
        leave() {
          room.visitors.delete(visitor);
          if (room.visitors.size > 0) return schedule(sessionId, room, nowMs());
          clearTimeout(room.timer);
          if (rooms.get(sessionId) === room) rooms.delete(sessionId);
        },
      };
    },
  };
}

/** Each person once, however many connections they have, in the order of their names. */
function listPeople({ visitors }: Room, now: number): PresentPerson[] {
  const people = new Map<string, PresentPerson>();
  for (const { person, typingUntilMs } of visitors) {
    const typing = typingUntilMs > now || people.get(person.id)?.typing === true;
    people.set(person.id, { ...person, typing });
  }
  return [...people.values()].toSorted((a, b) => a.name.localeCompare(b.name) || a.id.localeCompare(b.id));
}
