/** What was removed of a person, or would be. */
export interface ErasedPersonResource {
  type: 'erased_person';
  user_id: string;
  dry_run: boolean;
  /** Rows of the person by table, before. */
  counts: Record<string, number>;
  /** What stays without the person; null in a dry run. */
  anonymous: { usage: number; events: number } | null;
}
