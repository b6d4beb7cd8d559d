import { portions } from '../db/portions.ts'
import { refuse } from '../errors.ts'
import type { Item } from '../model/item.ts'
import type { Change } from './archive.ts'

/** Takes the project's ID, titles and aliases in the one namespace of all projects; frees those it no longer has. */
export async function claimWords(tx: Change, id: number, item: Item, name: string): Promise<void> {
  const aliases = (item.children['aliases/alias'] ?? []).map((alias) => alias.fields['alias'])
  const words = [name, item.fields['secondary_ID'], item.fields['name'], ...aliases].filter(
    (word) => word !== undefined && word !== '',
  )
  const folded = [...new Set(words.map((word) => String(word).toLowerCase()))]
  const taken: { name: string }[] = []
  for (const some of portions(folded)) {
    const query = tx.db
      .selectFrom('project_words as w')
      .innerJoin('projects as p', 'p.id', 'w.project_id')
      .select('p.name')
      .where('w.folded', 'in', some)
      .where('w.project_id', '<>', id)
    taken.push(...(await query.execute()))
  }
  if (taken.length > 0) {
    const others = [...new Set(taken.map((row) => row.name))].join(', ')
    refuse({
      kind: 'conflict',
      noun: 'project',
      name,
      because: `Requested new project conflicts with existing projects: ${others}`,
    })
  }
  await tx.db.deleteFrom('project_words').where('project_id', '=', id).execute()
  for (const some of portions(folded)) {
    const rows = some.map((word) => ({ folded: word, project_id: id }))
    await tx.db.insertInto('project_words').values(rows).execute()
  }
}
