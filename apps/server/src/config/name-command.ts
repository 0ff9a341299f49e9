/**
 * How the command line is called on this machine: npm runs it in a checkout, and sets `npm_lifecycle_event` for all that it runs; an
 * image or a package has `csp` itself.
 */
export function nameCommand(environment: Readonly<Record<string, string | undefined>> = process.env): string {
  return environment['npm_lifecycle_event'] === undefined ? 'csp' : 'npm run csp --';
}
