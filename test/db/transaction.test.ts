import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { faultOf } from '../../src/errors.ts'
import { openTestDatabase, type TestDatabase } from '../support/database.ts'

let test: TestDatabase
before(async () => {
  test = await openTestDatabase()
})
after(() => test.close())

const values = async (like: string): Promise<string[]> => {
  const rows = await test.db.reads.selectFrom('settings').select('name').where('name', 'like', `${like}%`).execute()
  return rows.map(({ name }) => name).sort()
}

const put = (name: string, value = '1') =>
  test.db.change((tx) => tx.insertInto('settings').values({ name, value }).execute())

describe('changes', () => {
  it('are there for others when their promise resolves', async () => {
    await put('seen')
    assert.deepEqual(await values('seen'), ['seen'])
  })

  it('that fail take only themselves back, whoever shared their commit', async () => {
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, (_, number) =>
        test.db.change(async (tx) => {
          await tx
            .insertInto('settings')
            .values({ name: `many-${String(number).padStart(2, '0')}`, value: '' })
            .execute()
          if (number % 2 === 1) throw new RangeError(`number ${number}`)
        }),
      ),
    )
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      Array.from({ length: 20 }, (_, number) => (number % 2 === 1 ? 'rejected' : 'fulfilled')),
    )
    assert.deepEqual(
      await values('many-'),
      Array.from({ length: 10 }, (_, at) => `many-${String(at * 2).padStart(2, '0')}`),
    )
  })

  it('of one counter at once all count', async () => {
    await put('counter', '0')
    await Promise.all(
      Array.from({ length: 30 }, () =>
        test.db.change(async (tx) => {
          const query = tx.selectFrom('settings').select('value').where('name', '=', 'counter')
          const { value } = await test.db.dialect.forUpdate(query).executeTakeFirstOrThrow()
          await tx
            .updateTable('settings')
            .set({ value: String(Number(value) + 1) })
            .where('name', '=', 'counter')
            .execute()
        }),
      ),
    )
    const row = await test.db.reads
      .selectFrom('settings')
      .select('value')
      .where('name', '=', 'counter')
      .executeTakeFirst()
    assert.equal(row?.value, '30')
  })

  it('that meet on a key: one wins, the other is told of the conflict', async () => {
    const outcomes = await Promise.allSettled([put('same'), put('same')])
    assert.deepEqual(outcomes.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
    const lost = outcomes.find((outcome) => outcome.status === 'rejected')
    assert.equal(faultOf(lost?.reason)?.kind, 'conflict')
  })

  it('that name a parent which is gone are told so', async () => {
    const orphan = test.db.change((tx) =>
      tx.insertInto('group_members').values({ group_id: 999_999, user_id: 999_999 }).execute(),
    )
    await assert.rejects(orphan, (error) => faultOf(error)?.kind === 'not-found')
  })

  it('follow announced work without waiting for other work that goes on', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const slow = test.db.soon(() => promise)
    await test.db.soon(async () => undefined)
    await put('announced')
    assert.deepEqual(await values('announced'), ['announced'])
    resolve()
    await slow
  })
})
