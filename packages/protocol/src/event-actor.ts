/** Who sent an event, so that other people in the session can see it. */
export interface EventActor {
  id: string;
  name: string;
}
