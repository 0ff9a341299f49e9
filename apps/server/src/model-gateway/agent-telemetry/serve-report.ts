import type { IncomingMessage, ServerResponse } from 'node:http';

import { CspError } from '@claude-sdk-pattern/protocol';

import { holdCall } from '../hold-call.ts';
import { readBody } from '../read-body.ts';
import type { Grant } from '../session-tokens.ts';
import type { ReceiveReport, ReportKind } from './receive-reports.ts';

/** As OTEL_EXPORTER_OTLP_ENDPOINT of agent processes, below the URL of the model gateway. */
export const REPORTS_PATH = '/otlp';

const PATHS = new Map<string, ReportKind>([
  [`${REPORTS_PATH}/v1/traces`, 'traces'],
  [`${REPORTS_PATH}/v1/metrics`, 'metrics'],
  [`${REPORTS_PATH}/v1/logs`, 'logs'],
]);
/** A batch of 512 spans has a quarter of that. */
const MAX_REPORT_BYTES = 1024 * 1024;

/** What a request reports; undefined for every other request. */
export function findReport({ method, url }: IncomingMessage): ReportKind | undefined {
  return method === 'POST' ? PATHS.get(url ?? '') : undefined;
}

/** Takes a report of an agent process. @throws CspError `too_large`, `invalid_request` */
export async function serveReport(
  kind: ReportKind,
  { request, response, grant }: { request: IncomingMessage; response: ServerResponse; grant: Grant },
  receive: ReceiveReport,
): Promise<void> {
  using held = holdCall(grant);
  let bytes = 0;
  const body = await readBody(request, (more) => {
    bytes += more;
    if (bytes > MAX_REPORT_BYTES) throw new CspError('too_large', `A report has at most ${MAX_REPORT_BYTES} bytes`);
    held.take(more);
  });
  try {
    receive(kind, body, grant.holder);
  } catch (error) {
    throw new CspError('invalid_request', 'The report is not OTLP as JSON', { cause: error });
  }
  response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
}
