/** The words after the program's name are no command, or not the right ones for theirs. */
export class Misuse extends Error {}

/** Whether the program was called wrongly; `parseArgs` says so with codes of its own. */
export const isMisuse = (error: unknown): error is Error =>
  error instanceof Misuse ||
  (error instanceof Error && /^ERR_PARSE_ARGS_/.test((error as Error & { code?: string }).code ?? ''))
