import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { checkWhitelist, isListed } from '../../src/site/whitelist.ts'

const from = (title: string, address: string) => ({ title, address })

describe('a whitelist of senders', () => {
  const cases: readonly (readonly [item: string, sender: ReturnType<typeof from>, listed: boolean])[] = [
    ['SCANNER', from('SCANNER', '10.1.2.3'), true],
    ['SCANNER', from('scanner', '10.1.2.3'), false],
    ['10.1.2.3', from('ANY', '10.1.2.3'), true],
    ['10.1.2.3', from('ANY', '10.1.2.4'), false],
    ['10.1.0.0/16', from('ANY', '10.1.200.4'), true],
    ['10.1.0.0/16', from('ANY', '10.2.0.1'), false],
    ['10.1.2.3', from('ANY', '::ffff:10.1.2.3'), true],
    ['fd00::/8', from('ANY', 'fd12::1'), true],
    ['fd00::/8', from('ANY', '10.1.2.3'), false],
    ['SCANNER@10.1.0.0/16', from('SCANNER', '10.1.9.9'), true],
    ['SCANNER@10.1.0.0/16', from('OTHER', '10.1.9.9'), false],
    ['SCANNER@10.1.0.0/16', from('SCANNER', '10.2.0.1'), false],
    ['A@B@::1', from('A@B', '::1'), true],
    [' SCANNER ', from('SCANNER', '10.1.2.3'), true],
  ]
  for (const [item, sender, listed] of cases) {
    it(`with ${item} ${listed ? 'has' : 'has not'} ${sender.title} at ${sender.address}`, () => {
      checkWhitelist([item])
      assert.equal(isListed([item], sender), listed)
    })
  }

  it('has nobody when it is empty, and anybody whom one of its items means', () => {
    assert.equal(isListed([], from('A', '10.1.2.3')), false)
    assert.equal(isListed(['B', '10.1.2.3'], from('A', '10.1.2.3')), true)
  })

  it('is refused with the item that cannot be read', () => {
    for (const item of [
      '',
      'SEVENTEEN_LETTERS',
      'A@',
      'A@10.1.2',
      '10.1.2.3/33',
      '::/129',
      'A@x/8',
      'A\\B',
      '@10.1.2.3',
    ])
      assert.throws(
        () => checkWhitelist(['GOOD', item]),
        new RegExp(`whitelist item '${item.replaceAll(/[\\.]/g, '\\$&')}'`),
      )
  })
})
