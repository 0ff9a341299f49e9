import type { Exit } from '../../../src/hosts/exit.ts';
import type { StartRequest } from '../../../src/hosts/host.ts';

/** Each a line of JSON; bytes are in base64. */
export type ToHost =
  | { type: 'start'; id: string; request: Omit<StartRequest, 'onStderr'> }
  | { type: 'stdin'; data: string }
  | { type: 'stdin_end' }
  | { type: 'kill'; signal?: NodeJS.Signals | undefined }
  | { type: 'end' }
  | { type: 'sample'; owned: string[] }
  | { type: 'end_left' };

export type FromHost =
  | { type: 'stdout'; data: string }
  | { type: 'stdout_end' }
  | { type: 'stderr'; data: string }
  | { type: 'exit'; code: number | null; signal: NodeJS.Signals | null }
  | { type: 'error'; message: string }
  | { type: 'ended'; exit: Exit }
  | { type: 'answer'; value: unknown };
