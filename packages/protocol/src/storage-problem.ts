/** Why the server can store nothing new, as people are told. */
export interface ToldStorageProblem {
  /** The database does not answer, the disk has no space left, or what the server stores cannot be written. */
  problem: 'database' | 'disk_full' | 'read_only';
  /** ISO 8601: when it was first seen. */
  since: string;
}
