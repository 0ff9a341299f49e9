/** Who did it, so that other people in a shared session can be told. */
export interface EventActor {
  id: string;
  name: string;
}
