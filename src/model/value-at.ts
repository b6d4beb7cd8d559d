import type { Dictionary, Scalar } from './dictionary.ts'
import type { Item } from './item.ts'
import type { ChildStep, ResolvedPath } from './xml-path.ts'

/** The value a resolved path leads to; of repeated records the chosen one, else the first. */
export function valueAt(types: Dictionary, item: Item, { through, field }: ResolvedPath): Scalar | undefined {
  let target: Item | undefined = item
  for (const step of through) target = target && chosenChild(types, target, step)
  return target?.fields[field.path]
}

function chosenChild(types: Dictionary, item: Item, { child, selector }: ChildStep): Item | undefined {
  const list = item.children[child.path] ?? []
  const { where, type } = selector ?? {}
  const fitting = list.filter(
    (entry) =>
      (!where ||
        Object.entries(entry.fields).some(
          ([path, value]) => path.toLowerCase() === where.field.toLowerCase() && String(value) === where.value,
        )) &&
      (type === undefined || types.isA(entry.type, types.findFolded(type)?.name ?? '')),
  )
  return fitting[selector?.index ?? 0]
}
