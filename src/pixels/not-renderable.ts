import { refuse } from '../errors.ts'

/** @throws ArchiveError 'unsupported': there is no picture of this image, and why. @param why goes on after a colon */
export function notRenderable(why: string, cause?: unknown): never {
  return refuse({ kind: 'unsupported', what: 'image', because: `There is no picture of this image: ${why}.` }, cause)
}
