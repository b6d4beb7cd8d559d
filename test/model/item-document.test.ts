import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { isChild } from '../../src/model/dictionary.ts'
import { documentToItem, emptyItem, type Item, itemToDocument } from '../../src/model/item.ts'
import { standardDictionary } from '../../src/model/types/all.ts'

const dictionary = standardDictionary()
const scan: Item = { ...emptyItem('xnat:mrScanData'), fields: { ID: '1', note: 'n' } }

const stored: Item = {
  type: 'xnat:mrScanData',
  id: 42,
  fields: { ID: '1', note: 'old', quality: 'usable' },
  children: {
    'parameters/addParam': [{ type: 'xnat:addField', fields: { name: 'P', addField: '1' }, children: {}, id: 9 }],
    validation: [{ type: 'xnat:validationData', fields: { status: 'ok' }, children: {} }],
    file: [{ type: 'xnat:resourceCatalog', fields: { label: 'DICOM' }, children: {}, id: 77 }],
  },
}

describe('documents of records', () => {
  it('are flat, with typed and numbered children and without rows', () => {
    assert.deepEqual(JSON.parse(itemToDocument(dictionary, stored)), {
      ID: '1',
      note: 'old',
      quality: 'usable',
      'parameters/addParam': [{ '@type': 'xnat:addField', '#': 9, name: 'P', addField: '1' }],
      validation: [{ '@type': 'xnat:validationData', status: 'ok' }],
    })
  })

  it('leave out records without content', () => {
    const hollow = { ...scan, children: { validation: [emptyItem('xnat:validationData')] } }
    assert.deepEqual(documentToItem('xnat:mrScanData', itemToDocument(dictionary, hollow)), scan)
  })

  it('give the same record back', () => {
    fc.assert(
      fc.property(itemOf('xnat:mrScanData'), (item) => {
        assert.deepEqual(documentToItem(item.type, itemToDocument(dictionary, item)), item)
      }),
    )
    fc.assert(
      fc.property(itemOf('xnat:projectData'), (item) => {
        assert.deepEqual(documentToItem(item.type, itemToDocument(dictionary, item)), item)
      }),
    )
  })
})

/** Any record of a type with values in some fields, and with filled children that are part of its document. */
function itemOf(type: string): fc.Arbitrary<Item> {
  const members = [...(dictionary.find(type)?.members.values() ?? [])]
  const scalars = fc.oneof(
    fc.string(),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => n + 0),
    fc.boolean(),
  )
  const fields = fc.record(
    Object.fromEntries(members.filter((member) => !isChild(member)).map(({ path }) => [path, scalars])),
    { requiredKeys: members.some(({ path }) => path === 'name') ? ['name'] : [], noNullPrototype: true },
  )
  const own = members.filter((member) => isChild(member)).filter((child) => !child.rows)
  const named = own.filter(({ child }) => dictionary.find(child)?.members.has('name'))
  const lists = named.map(
    (child) => [child.path, fc.array(itemOf(child.child), { minLength: 1, maxLength: 2 })] as const,
  )
  const children = fc.record(Object.fromEntries(lists), { requiredKeys: [], noNullPrototype: true })
  return fc.tuple(fields, children, fc.option(fc.nat(), { nil: undefined })).map(([values, below, id]) => {
    const item = { type, fields: values as Item['fields'], children: below as Item['children'] }
    return id === undefined || !isPart(type) ? item : { ...item, id }
  })
}

/** Records with a document of their own keep their number elsewhere. */
function isPart(type: string): boolean {
  return dictionary.find(type)?.root === undefined
}
