import { attributes, type Tag } from './tags.ts'

/** A tag with the representation of its values. */
export type Attribute = Readonly<{ tag: Tag; vr: string }>

const ours: ReadonlyMap<string, Attribute> = new Map(
  Object.entries(attributes).map(([tag, [keyword, vr]]) => [keyword.toLowerCase(), { tag, vr }]),
)

/** The attribute that a keyword of the standard names, whatever its letter case; undefined when there is none. */
export async function attributeNamed(keyword: string): Promise<Attribute | undefined> {
  const name = keyword.toLowerCase()
  return ours.get(name) ?? (await standard()).byKeyword.get(name)
}

/** The representation that the standard gives a tag; `LO` for private and unknown ones. */
export async function representationOf(tag: Tag): Promise<string> {
  if (Number.parseInt(tag.slice(0, 4), 16) % 2 === 1) return 'LO'
  return attributes[tag]?.[1] ?? (await standard()).byTag.get(tag) ?? 'LO'
}

type Standard = Readonly<{
  byKeyword: ReadonlyMap<string, Attribute & Readonly<{ keyword: string }>>
  byTag: ReadonlyMap<Tag, string>
}>

/** The whole dictionary of the standard takes 60 ms and 20 MB to load: it is, when an administrator names more than we read. */
async function standard(): Promise<Standard> {
  const { default: dcmjs } = await import('dcmjs')
  const named = Object.values(dcmjs.data.DicomMetaDictionary.nameMap).flatMap(({ tag, vr, name }) => {
    const [, group, element] = /^\(([0-9A-F]{4}),([0-9A-F]{4})\)$/i.exec(tag) ?? []
    return group === undefined
      ? []
      : [
          {
            keyword: name.replace(/^RETIRED_/, ''),
            tag: `${group}${element}`.toUpperCase(),
            vr: vr === 'ox' ? 'OW' : vr,
          },
        ]
  })
  return {
    byKeyword: new Map(named.map((one) => [one.keyword.toLowerCase(), one])),
    byTag: new Map(named.map(({ tag, vr }) => [tag, vr])),
  }
}

/** An attribute as administrators write it: a keyword, `gggg,eeee` or `(gggg,eeee)`, in any letter case. */
export async function attributeWritten(text: string): Promise<Attribute | undefined> {
  const [, group, element] = /^\(?\s*([0-9A-F]{4})\s*,\s*([0-9A-F]{4})\s*\)?$/i.exec(text.trim()) ?? []
  if (group === undefined) return attributeNamed(text.trim())
  const tag = `${group}${element}`.toUpperCase()
  return { tag, vr: await representationOf(tag) }
}

/** What people call tags, and how values of theirs are written where a file does not state it. */
export type Names = Readonly<{ keywordOf: (tag: Tag) => string; representationOf: (tag: Tag) => string }>

/** The names of the standard, loaded for whoever wants to know of all tags. */
export async function standardNames(): Promise<Names> {
  const { byKeyword, byTag } = await standard()
  const keywords = new Map([...byKeyword.values()].map(({ tag, keyword }) => [tag, keyword]))
  return {
    keywordOf: (tag) => keywords.get(tag) ?? '',
    representationOf: (tag) => byTag.get(tag) ?? 'UN',
  }
}
