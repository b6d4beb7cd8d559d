import type { DataType, Dictionary } from '../model/dictionary.ts'
import { isChild } from '../model/dictionary.ts'
import type { Item, ItemMeta } from '../model/item.ts'
import { jsonValue } from '../model/values.ts'
import { typeNamed } from './element-plan.ts'
import { shownFields } from './item-fields.ts'
import { javaDate } from './java-date.ts'
import { jsonString } from './json-text.ts'

type Options = Readonly<{ headers?: boolean }>

/**
 * Records as one line of JSON: the current version first, former ones after it (scans 3.3, hierarchy 1.4).
 * @param options `headers` adds the names of all fields seen beside each list of items
 */
export function itemToJson(dictionary: Dictionary, items: readonly Item[], options: Options = {}): string {
  return `{${listText(dictionary, items, options, undefined)}}`
}

/** `meta` is that of the record above: parts without a version of their own belong to its version. */
function listText(
  dictionary: Dictionary,
  items: readonly Item[],
  options: Options,
  meta: ItemMeta | undefined,
): string {
  const names = new Set<string>()
  const texts = items.map((item) => {
    const type = typeNamed(dictionary, item.type)
    const fields = shownFields(dictionary, type, item).map(({ path, kind, value }) => {
      names.add(path)
      return `${jsonString(path)}:${valueText(jsonValue(kind, value))}`
    })
    const version = item.meta ?? meta
    const children = childrenTexts(dictionary, { type, item, options, meta: version })
    return `{"children":[${children.join(',')}],"meta":${metaText(item, version)},"data_fields":{${fields.join(',')}}}`
  })
  const headers = options.headers ? `,"headers":[${Array.from(names, jsonString).join(',')}]` : ''
  return `"items":[${texts.join(',')}]${headers}`
}

type Parent = Readonly<{ type: DataType; item: Item; options: Options; meta: ItemMeta | undefined }>

function childrenTexts(dictionary: Dictionary, { type, item, options, meta }: Parent): string[] {
  const texts: string[] = []
  for (const member of type.members.values()) {
    const children = isChild(member) ? (item.children[member.path] ?? []) : []
    if (children.length === 0) continue
    texts.push(`{"field":${jsonString(member.path)},${listText(dictionary, children, options, meta)}}`)
  }
  return texts
}

function metaText(item: Item, meta: ItemMeta | undefined): string {
  const parts = [
    meta && `"create_event_id":${meta.createEventId}`,
    `"xsi:type":${jsonString(item.type)}`,
    `"isHistory":${meta?.isHistory ?? false}`,
    meta && `"start_date":${jsonString(javaDate(meta.startDate))}`,
    meta?.modifiedEventId !== undefined && `"modified_event_id":${meta.modifiedEventId}`,
    meta?.endDate && `"end_date":${jsonString(javaDate(meta.endDate))}`,
  ]
  return `{${parts.filter(Boolean).join(',')}}`
}

const valueText = (value: string | number | boolean): string =>
  typeof value === 'string' ? jsonString(value) : JSON.stringify(value)
