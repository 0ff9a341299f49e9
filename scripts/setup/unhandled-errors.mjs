// @ts-check
import { writeFileSync } from 'node:fs';

// A vitest reporter that writes the number of errors outside of any test, which vitest's JSON report leaves out.
// oxlint-disable-next-line import/no-default-export -- vitest loads a reporter by its default export
export default class UnhandledErrors {
  /**
   * @param {unknown} _modules
   * @param {readonly unknown[]} errors
   */
  onTestRunEnd(_modules, errors) {
    const path = process.env.CSP_UNHANDLED_ERRORS_FILE;
    if (path && errors.length > 0) writeFileSync(path, String(errors.length));
  }
}
