// @ts-check
/**
 * Summarises vitest's JSON report as the closing line of `npm test`. A test file that failed without a failed test,
 * because it could not be loaded or prepared, counts as one failure. A run without a passed test is not ok.
 * @param {{numPassedTests?: number, numFailedTests?: number, numPendingTests?: number, numTodoTests?: number,
 * testResults?: {status: string, assertionResults: {status: string}[]}[]} | undefined} report undefined when there is
 * none
 * @returns {{line: string, ok: boolean}}
 */
export function toClosingLine(report) {
  const passed = report?.numPassedTests ?? 0;
  const unprepared = (report?.testResults ?? []).filter(
    (one) => one.status === 'failed' && one.assertionResults.every(({ status }) => status !== 'failed'),
  );
  const failed = (report?.numFailedTests ?? 0) + unprepared.length;
  const skipped = (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0);
  const line = `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
  return { line, ok: passed > 0 && failed === 0 };
}
