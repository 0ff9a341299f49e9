// @ts-check
/** More failures than this are not caused by a busy machine, and running them again would take too long. */
export const MOST_SECOND_TRIES = 20;

/**
 * @typedef {{ancestorTitles: string[], title: string, status: string}} TestResult
 * @typedef {{name: string, status: string, assertionResults: TestResult[]}} FileResult
 * @typedef {{numPassedTests?: number, numFailedTests?: number, numPendingTests?: number, numTodoTests?: number,
 *   testResults?: FileResult[]}} Report vitest's JSON report
 * @typedef {{file: string, tests: string[]}} FailedFile `tests` are full names as `-t` of vitest matches them; none means that the file itself failed
 */

/**
 * Lists the files of a report that failed, each with the tests in it that failed.
 * @param {Report | undefined} report
 * @returns {FailedFile[]}
 */
export function findFailed(report) {
  return (report?.testResults ?? [])
    .filter((file) => file.status === 'failed')
    .map((file) => ({ file: file.name, tests: namesOf(file.assertionResults, 'failed') }));
}

/**
 * The arguments with which vitest runs what failed in one file, alone.
 * @param {FailedFile} failed
 * @returns {string[]}
 */
export function toSecondTryArguments({ file, tests }) {
  const names = tests.map((name) => name.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`));
  return [file, '--no-file-parallelism', ...(names.length > 0 ? ['-t', `^(?:${names.join('|')})$`] : [])];
}

/**
 * True when everything that failed in the file passed in its second try. A test that the second try did not run has not passed.
 * @param {FailedFile} failed
 * @param {Report | undefined} second the report of the second try
 */
export function hasPassed(failed, second) {
  const results = (second?.testResults ?? []).flatMap((file) => file.assertionResults);
  const passed = new Set(namesOf(results, 'passed'));
  if ((second?.numFailedTests ?? 1) > 0 || passed.size === 0) return false;
  return failed.tests.every((name) => passed.has(name));
}

/**
 * The report of the first run after the second tries: what passed alone counts as passed.
 * @param {Report} first
 * @param {string[]} passedAlone files in which everything that had failed passed alone
 * @returns {Report}
 */
export function withSecondTries(first, passedAlone) {
  const again = new Set(passedAlone);
  let mended = 0;
  const testResults = (first.testResults ?? []).map((file) => {
    if (!again.has(file.name)) return file;
    mended += namesOf(file.assertionResults, 'failed').length;
    return { ...file, status: 'passed' };
  });
  return {
    ...first,
    testResults,
    numPassedTests: (first.numPassedTests ?? 0) + mended,
    numFailedTests: (first.numFailedTests ?? 0) - mended,
  };
}

/**
 * @param {TestResult[]} results
 * @param {string} status
 */
function namesOf(results, status) {
  return results.filter((one) => one.status === status).map((one) => [...one.ancestorTitles, one.title].join(' > '));
}
