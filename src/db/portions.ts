/** Values in one statement: few enough for the limits on parameters of both databases, also where each is a row. */
export const VALUES_PER_STATEMENT = 500

/** A list cut into lists that one statement takes each; none for an empty one. */
export function* portions<T>(list: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < list.length; at += VALUES_PER_STATEMENT) yield list.slice(at, at + VALUES_PER_STATEMENT)
}
