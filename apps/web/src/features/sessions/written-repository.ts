import type { SessionCreateParams } from '@claude-sdk-pattern/protocol';

/** The repository of a new session, as somebody writes it. */
export interface WrittenRepository {
  url: string;
  branch: string;
  token: string;
  /** Only this folder of it; empty for all. */
  subfolder: string;
  submodules: boolean;
  /** Name of a secret of the person, in place of a token. */
  secret: string;
}

export const NO_REPOSITORY: WrittenRepository = {
  ...{ url: '', branch: '', token: '', subfolder: '', submodules: false, secret: '' },
};

/** Mounted as the folder in which the agent works, so that its instructions hold there. Nothing without an address. */
export function toResources(written: WrittenRepository | undefined): Pick<SessionCreateParams, 'resources'> {
  if (written === undefined) return {};
  const { submodules } = written;
  const [url, branch, token] = [written.url.trim(), written.branch.trim(), written.token.trim()];
  const [subfolder, secret] = [written.subfolder.trim().replaceAll(/^\/+|\/+$/g, ''), written.secret.trim()];
  if (url === '') return {};
  const shared = {
    ...{ url, mount_path: '/workspace' },
    ...(branch !== '' && { checkout: { type: 'branch' as const, name: branch } }),
    ...(subfolder !== '' && { subfolder }),
    ...(submodules && { submodules }),
  };
  if (secret !== '') return { resources: [{ type: 'git_repository', ...shared, secret }] };
  const credential = token === '' ? {} : { authorization_token: token };
  return { resources: [{ type: 'github_repository', ...shared, ...credential }] };
}
