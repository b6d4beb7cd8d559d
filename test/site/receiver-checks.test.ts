import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkReceiver } from '../../src/site/receiver-checks.ts'
import { newReceiver } from '../../src/site/receiver-fields.ts'

test('rules are refused for an identifier that asks none, where they are in use', () => {
  const fixed = [{ name: 'fixed', says: 'Always the same', implementation: 'Fixed', routing: false }]
  const fields = { ...newReceiver, aeTitle: 'A', port: 104, identifier: 'fixed' }
  const rules: string[] = []
  const check = (more: Partial<typeof fields>) =>
    checkReceiver({ ...fields, ...more }, (field, text) => void rules.push(`${field} ${text}`), fixed)
  check({ projectRoutingExpression: 'anything' })
  assert.throws(
    () => check({ routingExpressionsEnabled: true }),
    /^ArchiveError: Dicom SCP receiver 'A:104' does not support custom routing but custom routing is enabled\.$/,
  )
  assert.throws(() => check({ identifier: 'other' }), /unknown DICOM Object Identifier 'other'/)
  assert.deepEqual(rules, [])
})
