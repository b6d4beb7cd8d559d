import type { Insertable } from 'kysely'
import type { Tables } from '../db/schema.ts'
import { refuse } from '../errors.ts'
import type { Viewer } from '../model/access.ts'
import { isChild } from '../model/dictionary.ts'
import type { Item } from '../model/item.ts'
import { readValue } from '../model/values.ts'
import { type Archive, type Change, change, type Reason, scopeOf } from './archive.ts'
import { recordEvent } from './history.ts'
import { forbid } from './locate.ts'
import { nextNumber } from './numbers.ts'

const names = ['title', 'firstname', 'lastname', 'institution', 'department', 'email', 'phone'] as const

/** Somebody who leads research, as the site knows them. */
export type Investigator = Readonly<{ id: number } & Partial<Record<(typeof names)[number], string>>>

const PERSON = 'xnat:investigatorData'
/** Sequence of the numbers that investigators have, in documents as here. */
const NUMBERS = 'xnat_investigatordata_id'

/** Everybody, by last name. @throws ArchiveError 'forbidden' for guests */
export async function listInvestigators(archive: Archive, viewer: Viewer): Promise<readonly Investigator[]> {
  const scope = scopeOf(archive, viewer)
  if (viewer.guest) forbid(scope, 'investigator', 'all', 'This is not for guests.')
  const rows = await scope.db.selectFrom('investigators').selectAll().orderBy('lastname').orderBy('firstname').execute()
  return rows.map(shown)
}

const shown = (row: Readonly<Record<string, unknown>>): Investigator => {
  const told = names.filter((name) => row[name] !== null && row[name] !== '')
  return { id: Number(row['id']), ...Object.fromEntries(told.map((name) => [name, String(row[name])])) }
}

/** @throws ArchiveError 'not-found', 'forbidden' for guests */
export async function investigatorNumbered(archive: Archive, viewer: Viewer, id: string): Promise<Investigator> {
  const found = (await listInvestigators(archive, viewer)).find((one) => String(one.id) === id)
  return found ?? refuse({ kind: 'not-found', noun: 'investigator', name: id })
}

export type Described = Readonly<Record<string, unknown>>

/** Makes one known. @throws ArchiveError 'forbidden' for guests, 'invalid', 'conflict' when the name is taken */
export async function addInvestigator(
  archive: Archive,
  viewer: Viewer,
  why: Reason,
  sent: Described,
): Promise<Investigator> {
  const given = described(archive, sent)
  return change(archive, viewer, why, async (tx) => {
    if (viewer.guest) forbid(tx, 'investigator', given.lastname, 'This is not for guests.')
    await refuseTaken(tx, given)
    const id = await nextNumber(tx, NUMBERS)
    await tx.db
      .insertInto('investigators')
      .values({ id, ...given, created_at: tx.at, created_by: viewer.login })
      .execute()
    await recordEvent(tx, { noun: 'setting', id: 0, action: 'Added Investigator', detail: nameOf(given) })
    return shown({ id, ...given })
  })
}

/** Changes one; projects that name them keep what they say. @throws ArchiveError 'not-found', 'forbidden', 'invalid', 'conflict' */
export async function changeInvestigator(
  archive: Archive,
  viewer: Viewer,
  why: Reason,
  wish: Readonly<{ id: string; sent: Described }>,
): Promise<Investigator> {
  const before = await investigatorNumbered(archive, viewer, wish.id)
  const given = described(archive, { ...before, ...wish.sent })
  return change(archive, viewer, why, async (tx) => {
    if (!viewer.admin) forbid(tx, 'investigator', wish.id, 'This is for site administrators.')
    await refuseTaken(tx, given, before.id)
    await tx.db.updateTable('investigators').set(given).where('id', '=', before.id).execute()
    await recordEvent(tx, { noun: 'setting', id: 0, action: 'Modified Investigator', detail: nameOf(given) })
    return shown({ id: before.id, ...given })
  })
}

/** Forgets one; projects that name them keep what they say. @throws ArchiveError 'not-found', 'forbidden' */
export async function removeInvestigator(archive: Archive, viewer: Viewer, why: Reason, id: string): Promise<void> {
  const found = await investigatorNumbered(archive, viewer, id)
  await change(archive, viewer, why, async (tx) => {
    if (!viewer.admin) forbid(tx, 'investigator', id, 'This is for site administrators.')
    await tx.db.deleteFrom('investigators').where('id', '=', found.id).execute()
    await recordEvent(tx, { noun: 'setting', id: 0, action: 'Removed Investigator', detail: nameOf(found) })
  })
}

/** Makes known whom a project names and nobody named before. */
export async function noteInvestigators(tx: Change, project: Item): Promise<void> {
  const { PI = [], 'investigators/investigator': others = [] } = project.children
  for (const { id, fields } of [...PI, ...others]) {
    if (id === undefined || !fields['firstname'] || !fields['lastname']) continue
    const given = Object.fromEntries(names.map((name) => [name, fields[name] ?? null])) as Given
    await tx.db
      .insertInto('investigators')
      .values({ id, ...given, created_at: tx.at, created_by: tx.viewer.login })
      .onConflict((on) => on.doNothing())
      .execute()
  }
}

type Given = Omit<Insertable<Tables['investigators']>, 'id' | 'created_at' | 'created_by'>

const nameOf = ({ firstname, lastname }: Pick<Investigator, 'firstname' | 'lastname'>): string =>
  `${firstname} ${lastname}`

/** What was sent, as the data type wants it. @throws ArchiveError 'invalid' */
function described(archive: Archive, sent: Described): Given {
  const members = archive.types.find(PERSON)?.members
  const entries = names.map((name) => {
    const value = sent[name] ?? ''
    const decl = members?.get(name)
    const read =
      decl && !isChild(decl) && typeof value === 'string' ? readValue(decl, value.trim()) : { fault: 'Must Be Text' }
    if ('fault' in read) return refuse({ kind: 'invalid', field: name, because: `${name} : ${read.fault}` })
    if (read.value === '' && /name$/.test(name))
      refuse({ kind: 'invalid', field: name, because: `An investigator needs a ${name}.` })
    return [name, read.value === '' ? null : read.value]
  })
  return Object.fromEntries(entries) as Given
}

async function refuseTaken(tx: Change, { firstname, lastname }: Given, but = -1): Promise<void> {
  const taken = await tx.db
    .selectFrom('investigators')
    .select('id')
    .where('lastname', '=', lastname)
    .where('firstname', '=', firstname)
    .where('id', '<>', but)
    .executeTakeFirst()
  const name = `${firstname} ${lastname}`
  if (taken)
    refuse({ kind: 'conflict', noun: 'investigator', name, because: `There is an investigator ${name} already.` })
}
