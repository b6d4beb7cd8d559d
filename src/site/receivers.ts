import type { Selectable } from 'kysely'
import { timeOf, timeText } from '../db/time.ts'
import type { Transaction } from '../db/transaction.ts'
import type { ReceiversTable } from '../db/user-tables.ts'
import { refuse } from '../errors.ts'
import { type CheckRules, checkReceiver } from './receiver-checks.ts'
import { newReceiver, type ReceiverFields } from './receiver-fields.ts'
import type { Site } from './site.ts'

/** A name on the network under which DICOM objects are taken in (import 5). */
export type Receiver = ReceiverFields & Readonly<{ id: number; createdAt: Date; modifiedAt: Date }>

/** All receivers, oldest first. */
export async function listReceivers(site: Site): Promise<readonly Receiver[]> {
  const rows = await site.db.reads.selectFrom('receivers').selectAll().orderBy('id').execute()
  return rows.map(receiverOf)
}

/** @throws ArchiveError 'not-found' */
export async function requireReceiver(site: Site, id: number): Promise<Receiver> {
  const row = await site.db.reads.selectFrom('receivers').selectAll().where('id', '=', id).executeTakeFirst()
  return row ? receiverOf(row) : missing(id)
}

/** @throws ArchiveError 'not-found' */
export async function requireReceiverAt(site: Site, aeTitle: string, port: number): Promise<Receiver> {
  const query = site.db.reads.selectFrom('receivers').selectAll().where('ae_title', '=', aeTitle)
  const row = (await query.execute()).find((each) => each.port === port)
  return row ? receiverOf(row) : refuse({ kind: 'not-found', noun: 'receiver', name: `${aeTitle}:${port}` })
}

/**
 * Makes a receiver; where receivers are listened for, it can be sent to when this resolves.
 * @throws ArchiveError 'invalid' (import 5.2), also when the title and port are taken, or the port cannot be had
 */
export async function addReceiver(site: Site, wish: Partial<ReceiverFields>, rules: CheckRules): Promise<Receiver> {
  const fields = { ...newReceiver, ...wish }
  await checkAll(site, fields, rules)
  const at = timeText(site.now())
  const row = await site.db.change(async (tx) => {
    await checkFree(tx, fields, undefined)
    const values = { ...rowOf(fields), created_at: at, modified_at: at }
    return tx.insertInto('receivers').values(values).returningAll().executeTakeFirstOrThrow()
  })
  await site.receivers.door().apply()
  return receiverOf(row)
}

/**
 * Changes what the wish names and leaves the rest; counts for the next association.
 * @throws ArchiveError 'not-found', 'invalid' as `addReceiver`
 */
export async function changeReceiver(
  site: Site,
  id: number,
  wish: Partial<ReceiverFields>,
  rules: CheckRules,
): Promise<Receiver> {
  const fields = { ...(await requireReceiver(site, id)), ...wish }
  await checkAll(site, fields, rules)
  const row = await site.db.change(async (tx) => {
    await checkFree(tx, fields, id)
    const values = { ...rowOf(fields), modified_at: timeText(site.now()) }
    return tx.updateTable('receivers').set(values).where('id', '=', id).returningAll().executeTakeFirst()
  })
  await site.receivers.door().apply()
  return row ? receiverOf(row) : missing(id)
}

/** @throws ArchiveError 'not-found' */
export async function removeReceiver(site: Site, id: number): Promise<void> {
  const removed = await site.db.change((tx) =>
    tx.deleteFrom('receivers').where('id', '=', id).returning('id').executeTakeFirst(),
  )
  if (!removed) missing(id)
  await site.receivers.door().apply()
}

/** Puts the receivers that the catalog came with on another port, before anybody could use them. */
export async function moveReceivers(site: Site, port: number): Promise<void> {
  await site.db.change((tx) => tx.updateTable('receivers').set({ port }).execute())
}

const missing = (id: number): never => refuse({ kind: 'not-found', noun: 'receiver', name: String(id) })

async function checkAll(site: Site, fields: ReceiverFields, rules: CheckRules): Promise<void> {
  checkReceiver(fields, rules)
  if (fields.enabled && fields.port !== 0) await site.receivers.door().tryPort(fields.port)
}

/** The original's pages name a conflict for this, and its server answers 400 (import 5.2). */
async function checkFree(tx: Transaction, { aeTitle, port }: ReceiverFields, self: number | undefined): Promise<void> {
  const others = await tx
    .selectFrom('receivers')
    .select('id')
    .where('ae_title', '=', aeTitle)
    .where('port', '=', port)
    .execute()
  if (others.every(({ id }) => id === self)) return
  refuse({ kind: 'invalid', field: 'aeTitle', because: `There is a DICOM receiver ${aeTitle}:${port} already.` })
}

const rowOf = (fields: ReceiverFields) => ({
  ae_title: fields.aeTitle,
  port: fields.port,
  identifier: fields.identifier,
  file_namer: fields.fileNamer,
  enabled: Number(fields.enabled),
  custom_processing: Number(fields.customProcessing),
  direct_archive: Number(fields.directArchive),
  anonymization: Number(fields.anonymizationEnabled),
  whitelist_enabled: Number(fields.whitelistEnabled),
  whitelist: JSON.stringify(fields.whitelist),
  routing_enabled: Number(fields.routingExpressionsEnabled),
  project_rules: fields.projectRoutingExpression,
  subject_rules: fields.subjectRoutingExpression,
  session_rules: fields.sessionRoutingExpression,
})

const receiverOf = (row: Selectable<ReceiversTable>): Receiver => ({
  id: row.id,
  aeTitle: row.ae_title,
  port: row.port,
  identifier: row.identifier,
  fileNamer: row.file_namer,
  enabled: row.enabled === 1,
  customProcessing: row.custom_processing === 1,
  directArchive: row.direct_archive === 1,
  anonymizationEnabled: row.anonymization === 1,
  whitelistEnabled: row.whitelist_enabled === 1,
  whitelist: JSON.parse(row.whitelist) as string[],
  routingExpressionsEnabled: row.routing_enabled === 1,
  projectRoutingExpression: row.project_rules,
  subjectRoutingExpression: row.subject_rules,
  sessionRoutingExpression: row.session_rules,
  createdAt: timeOf(row.created_at),
  modifiedAt: timeOf(row.modified_at),
})
