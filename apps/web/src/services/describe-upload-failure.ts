import { ApiError } from '../api/api-error.ts';
import { formatLimit } from '../ui/format.ts';
import { t } from '../messages/index.ts';

/** Says why an upload failed, and what to do. */
export function describeUploadFailure(error: unknown, maxFileBytes: number): string {
  if (!(error instanceof ApiError)) return t.attachments.failed;
  switch (error.type) {
    case 'request_too_large':
      return t.attachments.tooLarge(formatLimit(maxFileBytes));
    case 'network_error':
      return t.attachments.offline;
    default:
      return `${t.attachments.failed} ${error.message}`;
  }
}
