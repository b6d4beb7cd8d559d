import type { Dataset } from './elements.ts'
import type { DicomHeader } from './header.ts'
import type { Tag } from './tags.ts'

/** A value that stands alone is a text, several are a list. */
type Kept = Readonly<{
  v?: Readonly<Record<Tag, string | readonly string[]>>
  s?: Readonly<Record<Tag, readonly Kept[]>>
}>

type KeptHeader = Kept & Readonly<{ t: string; m?: 0 }>

/** A header as one line of JSON, so that what it says is known without reading the object again. */
export function keptText(header: DicomHeader): string {
  const kept: KeptHeader = { t: header.transferSyntax, ...(header.hasMeta ? {} : { m: 0 }), ...keptOf(header) }
  return JSON.stringify(kept)
}

/** The header that `keptText` wrote down. */
export function keptHeader(text: string): DicomHeader {
  const kept = JSON.parse(text) as KeptHeader
  return { ...datasetOf(kept), transferSyntax: kept.t, hasMeta: kept.m === undefined, cut: false }
}

function keptOf({ values, items }: Dataset): Kept {
  const texts = [...values].map(([tag, list]) => [tag, list.length === 1 ? list[0]! : list] as const)
  const sequences = [...items].map(([tag, list]) => [tag, list.map(keptOf)] as const)
  return {
    ...(texts.length > 0 && { v: Object.fromEntries(texts) }),
    ...(sequences.length > 0 && { s: Object.fromEntries(sequences) }),
  }
}

function datasetOf({ v = {}, s = {} }: Kept): Dataset {
  return {
    values: new Map(Object.entries(v).map(([tag, texts]) => [tag, typeof texts === 'string' ? [texts] : texts])),
    items: new Map(Object.entries(s).map(([tag, list]) => [tag, list.map(datasetOf)])),
  }
}
