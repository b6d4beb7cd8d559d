import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'

/** Says something to the person at the terminal, as lines on standard output. */
export const say = (...lines: readonly string[]): void => {
  process.stdout.write(`${lines.join('\n')}\n`)
}

/** Says what went wrong, on standard error. */
export const complain = (text: string): void => {
  process.stderr.write(`isocenter: ${text}\n`)
}

/** One line from standard input without its end; a terminal is asked and does not show what is typed. */
export async function readSecret(question: string): Promise<string> {
  const terminal = process.stdin.isTTY === true
  if (terminal) process.stdout.write(question)
  const silence = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: process.stdin, output: silence, terminal })
  try {
    for await (const line of lines) return line
    return ''
  } finally {
    lines.close()
    if (terminal) process.stdout.write('\n')
  }
}
