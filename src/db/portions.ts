import { pause } from './pause.ts'

/** Values in one statement: few enough for the limits on parameters of both databases, also where each is a row. */
export const VALUES_PER_STATEMENT = 500

/** A list cut into lists that one statement takes each; none for an empty one. */
export function* portions<T>(list: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < list.length; at += VALUES_PER_STATEMENT) yield list.slice(at, at + VALUES_PER_STATEMENT)
}

/** The same, with a turn for other requests between two of them. */
export async function* pacedPortions<T>(list: readonly T[]): AsyncGenerator<readonly T[]> {
  let begun = false
  for (const portion of portions(list)) {
    if (begun) await pause()
    begun = true
    yield portion
  }
}
