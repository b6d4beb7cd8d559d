import type { Environment } from '../config.ts'
import { faultOf } from '../errors.ts'
import { helpText, programVersion } from './help.ts'
import { left } from './left.ts'
import { isMisuse, Misuse } from './misuse.ts'
import { complain, say } from './terminal.ts'
import { user } from './user.ts'

/** Exit codes: done, it did not work, it was asked for wrongly. */
const DONE = 0
const FAILED = 1
const MISUSED = 2

/**
 * Runs what the words after the program's name ask for; resolves to the exit code. What was refused on purpose is one
 * line on standard error, without a stack.
 */
export async function run(words: readonly string[], environment: Environment): Promise<number> {
  try {
    return await command(words, environment)
  } catch (error) {
    if (isMisuse(error)) {
      complain(`${error.message}\nTry isocenter --help.`)
      return MISUSED
    }
    if (!faultOf(error)) throw error
    complain((error as Error).message)
    return FAILED
  }
}

async function command(words: readonly string[], environment: Environment): Promise<number> {
  const [name, ...rest] = words
  if (rest.length === 0 && (name === '--help' || name === '-h' || name === 'help')) return told(helpText)
  if (rest.length === 0 && name === '--version') return told(programVersion())
  if (rest.length === 0 && name === 'serve') {
    // The whole server; other commands start without it.
    const { serve } = await import('./serve.ts')
    return serve(environment)
  }
  if (name === 'adopt') {
    const { adopt } = await import('./adopt.ts')
    return adopt(rest, environment)
  }
  if (name === 'import') {
    const { importFolders } = await import('./import.ts')
    return importFolders(rest, environment)
  }
  if (name === 'left') return left(rest, environment)
  if (name === 'sweep') {
    const { sweepFiles } = await import('./sweep.ts')
    return sweepFiles(rest, environment)
  }
  if (name === 'user') return user(rest, environment)
  throw new Misuse(name === undefined ? 'a command is missing.' : `there is no command "${words.join(' ')}".`)
}

function told(text: string): number {
  say(text.trimEnd())
  return DONE
}
