import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type RawBuilder, sql } from 'kysely'
import { openTestDatabase, type TestDatabase } from '../support/database.ts'

let test: TestDatabase
before(async () => {
  test = await openTestDatabase()
  const doc = {
    coil: 'HEAD',
    'parameters/tr': 9.5,
    'fields/field': [
      { name: 'a', field: '1' },
      { name: 'b', field: '2' },
    ],
  }
  await test.db.change((tx) =>
    tx
      .insertInto('versions')
      .values({
        noun: 'scan',
        noun_id: 1,
        xsi_type: 'xnat:mrScanData',
        doc: JSON.stringify(doc),
        from_at: '',
        until_at: '',
        created_event: 1,
        modified_event: 1,
      })
      .execute(),
  )
})
after(() => test.close())

const one = async (expression: RawBuilder<unknown>): Promise<unknown> => {
  const { rows } = await sql<{ value: unknown }>`select ${expression} as value from versions`.execute(test.db.reads)
  return rows[0]?.value
}
const doc = sql.ref('versions.doc')

describe('the dialect', () => {
  it('finds a field of a document, and entries of its lists by position', async () => {
    const { jsonText } = test.db.dialect
    assert.equal(await one(jsonText(doc, ['coil'])), 'HEAD')
    assert.equal(Number(await one(jsonText(doc, ['parameters/tr']))), 9.5)
    assert.equal(await one(jsonText(doc, ['fields/field', 1, 'field'])), '2')
    assert.equal(await one(jsonText(doc, ['marker'])), null)
  })

  it('lists the entries of a document, none where there is no list', async () => {
    const { jsonEach, jsonText } = test.db.dialect
    const names = async (path: string) => {
      const name = jsonText(sql.ref('entry.value'), ['name'])
      const query = sql<{ name: string }>`select ${name} as name from versions, ${jsonEach(doc, [path])} as entry`
      return (await query.execute(test.db.reads)).rows.map((row) => row.name)
    }
    assert.deepEqual(await names('fields/field'), ['a', 'b'])
    assert.deepEqual(await names('nothing'), [])
  })

  it('compares numbers as numbers', async () => {
    const { number } = test.db.dialect
    assert.ok(await one(sql`${number(sql`'9'`)} < ${number(sql`'10'`)}`))
  })

  for (const [text, pattern, expected] of [
    ['T1_MPRAGE', 'T1*', true],
    ['T1_MPRAGE', '%mprage', false],
    ['T1_MPRAGE', 'T1%E', true],
    ['T1xMPRAGE', 'T1_*', false],
    ['a[b]?c', 'a[b]?*', true],
    ['axbyc', 'a[b]?*', false],
    ['100% sure', '100*', true],
  ] as const) {
    it(`says that ${text} ${expected ? 'matches' : 'does not match'} ${pattern}`, async () => {
      const matched = await one(test.db.dialect.matches(sql`${text}`, pattern))
      assert.equal(Boolean(matched), expected)
    })
  }
})
