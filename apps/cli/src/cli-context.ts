/** What a command gets from the process it runs in. */
export interface CliContext {
  environment: Readonly<Record<string, string | undefined>>;
  print: (text: string) => void;
  printError: (text: string) => void;
}
