import type { Dataset } from './elements.ts'
import type { DicomHeader } from './header.ts'
import { type Tag, tagOf } from './tags.ts'

/** Texts of one attribute in one header; undefined where it is absent. */
export type Reading = (header: Dataset) => readonly string[] | undefined

/** The attribute at the top of the data set. */
export const top =
  (tag: Tag): Reading =>
  (header) =>
    filled(header.values.get(tag))

const filled = (texts: readonly string[] | undefined): readonly string[] | undefined =>
  texts?.some((text) => text !== '') ? texts : undefined

/**
 * The attribute at the top, else within this sequence of the functional groups: those shared by all frames first, then
 * those of each frame (import 4.1). What several places say is joined, each different text once.
 */
export function chain(tag: Tag, sequence: Tag | undefined): Reading {
  if (sequence === undefined) return top(tag)
  return (header) =>
    top(tag)(header) ?? grouped(header, SHARED, sequence, tag) ?? grouped(header, PER_FRAME, sequence, tag)
}

const SHARED = tagOf('SharedFunctionalGroupsSequence')
const PER_FRAME = tagOf('PerFrameFunctionalGroupsSequence')

function grouped(header: Dataset, groups: Tag, sequence: Tag, tag: Tag): readonly string[] | undefined {
  const found = new Map<string, readonly string[]>()
  for (const group of header.items.get(groups) ?? []) {
    for (const item of group.items.get(sequence) ?? []) {
      const texts = filled(item.values.get(tag))
      if (texts) found.set(texts.join('\\'), texts)
    }
  }
  return found.size === 0 ? undefined : [...found.values()].flat()
}

/** The attribute within the first item of a sequence. */
export const inFirstItem =
  (sequence: Tag, tag: Tag): Reading =>
  (header) => {
    const [item] = header.items.get(sequence) ?? []
    return item && filled(item.values.get(tag))
  }

/** Told the values on which headers differ, or those that could not be read as the field wants them. */
export type Report = (path: string, values: readonly (string | number)[]) => void

/**
 * The one value on which all headers that have any agree; undefined when they differ or none has it (import 4.1).
 * @param convert the value that texts stand for; undefined for texts that stand for none
 * @param differ called with the values when there are several
 */
export function agreed<T extends string | number>(
  headers: readonly DicomHeader[],
  reading: Reading,
  convert: (texts: readonly string[]) => T | undefined,
  differ?: (values: readonly T[]) => void,
): T | undefined {
  const found = new Set<T>()
  for (const header of headers) {
    const texts = reading(header)
    const value = texts && convert(texts)
    if (value !== undefined) found.add(value)
  }
  if (found.size > 1) differ?.([...found])
  return found.size === 1 ? [...found][0] : undefined
}

export const joinedText = (texts: readonly string[]): string | undefined => texts.join('\\') || undefined

/** A decimal number; undefined for anything else. */
export function decimal(text: string | undefined): number | undefined {
  const value = text === undefined || text === '' ? Number.NaN : Number(text)
  return Number.isFinite(value) ? value : undefined
}

export const oneNumber = (texts: readonly string[]): number | undefined => decimal(texts[0])
