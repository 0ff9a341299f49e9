import type { RewindResult, WorkspaceChanges, WorkspaceStateList } from '@claude-sdk-pattern/protocol';

import type { Requests } from './requests.ts';

/** Two states of a workspace; from the beginning to now where nothing else is said. */
export interface ComparedStates {
  /** The number of a turn, after which the files were so; `state:N` or `before:N` by ordinal. */
  from?: number | string | undefined;
  to?: number | string | undefined;
}

export interface RewindRequest {
  event_id: string;
  files: boolean;
  conversation: boolean;
  preview: boolean;
}

/** What changed in the files of a session, and the way back. */
export interface ChangesApi {
  listStates: (sessionId: string, signal: AbortSignal) => Promise<WorkspaceStateList>;
  compare: (sessionId: string, compared: ComparedStates, signal: AbortSignal) => Promise<WorkspaceChanges>;
  /** One file, with its difference. */
  compareFile: (
    sessionId: string,
    compared: ComparedStates & { path: string },
    signal: AbortSignal,
  ) => Promise<WorkspaceChanges>;
  rewind: (sessionId: string, request: RewindRequest) => Promise<RewindResult>;
}

export function createChangesApi({ json, look }: Pick<Requests, 'json' | 'look'>): ChangesApi {
  const toPath = (sessionId: string) => `/api/v1/sessions/${encodeURIComponent(sessionId)}`;
  const compare = <T>(sessionId: string, values: object, signal: AbortSignal): Promise<T> => {
    const query = new URLSearchParams();
    for (const [key, value] of Object.entries(values)) if (value !== undefined) query.set(key, String(value));
    return look(`${toPath(sessionId)}/workspace/changes?${query.toString()}`, signal);
  };
  return {
    listStates: (sessionId, signal) => look(`${toPath(sessionId)}/workspace/states`, signal),
    compare: (sessionId, { from, to }, signal) => compare(sessionId, { from, to }, signal),
    compareFile: (sessionId, { from, to, path }, signal) => compare(sessionId, { from, to, path }, signal),
    rewind: (sessionId, request) => json('POST', `${toPath(sessionId)}/rewind`, request),
  };
}
