import { parseArgs } from 'node:util'
import { DEFAULT_GRACE_MS, sweep } from '../archive/sweep.ts'
import { compose } from '../compose.ts'
import { type Environment, readConfig } from '../config.ts'
import { Misuse } from './misuse.ts'
import { say } from './terminal.ts'

const HOUR_MS = 3_600_000

/** `sweep [--grace HOURS]`: frees the bytes that no record names any more; resolves to the exit code. */
export async function sweepFiles(words: readonly string[], environment: Environment): Promise<number> {
  const graceMs = graceOf(words)
  const { archive, close } = await compose(readConfig(environment))
  try {
    const { condemned, removed, abandoned } = await sweep(archive, graceMs)
    say(
      `Newly found without a name: ${condemned}`,
      `Removed, without a name for long enough: ${removed}`,
      `Leftovers of uploads that broke off: ${abandoned}`,
    )
  } finally {
    await close()
  }
  return 0
}

function graceOf(words: readonly string[]): number {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: { grace: { type: 'string' } },
  })
  if (positionals.length > 0) throw new Misuse('sweep takes no words but its options.')
  if (values.grace === undefined) return DEFAULT_GRACE_MS
  if (!/^\d+(\.\d+)?$/.test(values.grace)) throw new Misuse('--grace takes a number of hours, such as 24.')
  return Number(values.grace) * HOUR_MS
}
