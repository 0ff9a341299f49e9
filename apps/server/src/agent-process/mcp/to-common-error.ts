import { ProtocolError, SdkError, SdkErrorCode, SdkHttpError } from '@modelcontextprotocol/client';
import { StreamableHTTPError } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ErrorCode, McpError } from '@modelcontextprotocol/sdk/types.js';

const MEANINGS: Partial<Record<SdkErrorCode, string>> = {
  [SdkErrorCode.InvalidResult]: 'its answer is none of revision 2026-07-28 of MCP',
  [SdkErrorCode.UnsupportedResultType]: 'it answers with a kind of result that this platform does not know',
  [SdkErrorCode.InputRequiredRoundsExceeded]: 'it asked again and again instead of answering',
  [SdkErrorCode.ClientHttpUnexpectedContent]: 'its answer is no JSON',
};

/** The error of the second line of the SDK (2.4.0) as the first line has it; what neither has made stays as it is. */
export function toCommonError(error: unknown): unknown {
  if (error instanceof ProtocolError) return new McpError(error.code, error.message, error.data);
  if (error instanceof SdkHttpError) return new StreamableHTTPError(error.data.status, error.message);
  if (!(error instanceof SdkError)) return error;
  // Why the server could not be asked what it speaks.
  if (error.cause instanceof Error && error.code === SdkErrorCode.EraNegotiationFailed) return error.cause;
  if (error.code === SdkErrorCode.RequestTimeout) return new McpError(ErrorCode.RequestTimeout, error.message);
  if (error.code === SdkErrorCode.ConnectionClosed) return new McpError(ErrorCode.ConnectionClosed, error.message);
  return new Error(MEANINGS[error.code] ?? error.message, { cause: error.cause });
}
