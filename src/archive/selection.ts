/** Something chosen by its name or its type. */
export type Choosable = Readonly<{ name: string; type: string | null }>

/**
 * What a selection of scans or reconstructions means: `ALL` or `*` everything, else a comma list in which each element
 * is a name or a type, `NULL` an absent type; `[SLASH]` and `[COMMA]` stand for those characters (scans 6.2).
 */
export async function choose<T extends Choosable>(
  selection: string,
  all: () => Promise<readonly T[]>,
): Promise<readonly T[]> {
  const rows = await all()
  if (selection === 'ALL' || selection === '*') return rows
  const meant = matcher(selection)
  return rows.filter(meant)
}

function matcher(selection: string): (row: Choosable) => boolean {
  const plain = (text: string): string => text.replaceAll('[SLASH]', '/').replaceAll('[COMMA]', ',')
  const elements = selection.split(',').map(plain)
  const wanted = new Set([...elements, plain(selection)])
  return ({ name, type }) => wanted.has(name) || (type ? wanted.has(type) : wanted.has('NULL'))
}
