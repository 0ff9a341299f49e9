import {
  CspError,
  type WorkspaceFile,
  type WorkspaceFileList,
  type WorkspaceStampList,
  type WrittenWorkspaceFile,
} from '@claude-sdk-pattern/protocol';
import { z } from 'zod';

import { MAX_READ_BYTES, type ReadFile } from '../../agent-files/read-text.ts';
import { answer } from '../entrance/zod-schemas.ts';

export const workspacePath = z.string().min(1).max(4096).describe('From the workspace’s folder, with `/`.');
const version = z.string().describe('Changes with the content; what `if-match` takes, in quotes.');

export const workspaceList = answer<WorkspaceFileList>(
  z
    .object({
      data: z.array(
        z.object({
          path: workspacePath,
          kind: z
            .enum(['file', 'folder', 'link', 'other'])
            .describe('`other` is a pipe, a socket, a device, or an entry whose name is not UTF-8.'),
          size_bytes: z.number().int().min(0).nullable().describe('Of a file in a folder.'),
          modified_at: z.iso.datetime().nullable().describe('In a folder.'),
        }),
      ),
      truncated: z
        .boolean()
        .describe(
          'True when more match, or there is more than what is looked through: 20,000 files, or 50,000 entries of a folder.',
        ),
      next_page: z.string().nullable().describe('Of a folder.'),
    })
    .meta({ id: 'WorkspaceFileList', description: 'Entries of a session’s workspace.' }),
);

export const workspaceFile = answer<WorkspaceFile>(
  z
    .object({
      type: z.literal('workspace_file'),
      path: workspacePath,
      size_bytes: z.number().int().min(0),
      modified_at: z.iso.datetime(),
      mime_type: z.string().describe('By its content.'),
      version,
      text: z.string().nullable().describe('Null where it is not UTF-8.'),
      truncated: z.boolean().describe(`True when \`text\` is only the first ${MAX_READ_BYTES} bytes.`),
    })
    .meta({ id: 'WorkspaceFile', description: 'A file of a session’s workspace as it is now.' }),
);

export const writtenFile = answer<WrittenWorkspaceFile>(
  z
    .object({
      type: z.literal('workspace_file'),
      path: workspacePath,
      size_bytes: z.number().int().min(0),
      version,
    })
    .meta({ id: 'WrittenWorkspaceFile', description: 'A file of a session’s workspace as it was written.' }),
);

export const workspaceStamps = answer<WorkspaceStampList>(
  z
    .object({
      data: z.array(
        z.object({
          path: z.string(),
          stamp: z
            .string()
            .nullable()
            .describe(
              'Differs after a change: of a file its content, of a folder the entries in it. Null where nothing is.',
            ),
        }),
      ),
    })
    .meta({ id: 'WorkspaceStampList' }),
);

export function toResource(file: ReadFile & { mimeType: string }): WorkspaceFile {
  return {
    type: 'workspace_file',
    path: file.path,
    size_bytes: file.sizeBytes,
    modified_at: file.modifiedAt.toISOString(),
    mime_type: file.mimeType,
    version: file.version,
    text: file.text,
    truncated: file.truncated,
  };
}

export function toMissing(path: string): CspError {
  return new CspError('not_found', `There is no ${path} in the workspace of this session`);
}
