import { cleanLabel } from '../intake/names.ts'
import { isIdentifier, resourceLabelFault } from '../model/label.ts'
import type { Tell } from './findings.ts'

/** The name of a folder as a label or ID, told of where it cannot stay as it is; undefined where it cannot be mended. */
export function identifierOf({ name, path }: Readonly<{ name: string; path: string }>, tell: Tell): string | undefined {
  if (isIdentifier(name)) return name
  return changed({ path, name, clean: cleanLabel(name) }, tell)
}

/** The same for the label of a resource; a folder named by a number becomes `resource_NUMBER`. */
export function resourceLabelOf(
  { name, path }: Readonly<{ name: string; path: string }>,
  tell: Tell,
): string | undefined {
  if (resourceLabelFault(name) === undefined) return name
  const clean = /^\d+$|^null$/i.test(name)
    ? `resource_${name}`
    : name.trim().replaceAll(/[\x00-\x1f\x7f-\x9f\ufffe\uffff/\\,'"<>:*?|]/g, '_')
  return changed({ path, name, clean: resourceLabelFault(clean) === undefined ? clean : undefined }, tell)
}

type Changed = Readonly<{ path: string; name: string; clean: string | undefined }>

function changed({ path, name, clean }: Changed, tell: Tell): string | undefined {
  if (clean === undefined) tell({ kind: 'refused', path, detail: `Nothing can be called ${name} here.` })
  else tell({ kind: 'renamed', path, detail: `Called ${clean} here.` })
  return clean
}
