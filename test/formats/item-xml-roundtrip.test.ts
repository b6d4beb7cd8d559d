import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { itemToXml, xmlToItem } from '../../src/formats/item-xml.ts'
import { readXml } from '../../src/formats/xml-read.ts'
import {
  type Child,
  type DataType,
  type Field,
  type FieldDecl,
  isChild,
  type Kind,
  type Scalar,
} from '../../src/model/dictionary.ts'
import type { Item } from '../../src/model/item.ts'
import { types } from './items.ts'

const text = fc
  .string({ unit: 'grapheme', maxLength: 20 })
  .map((value) => value.trim())
  .filter((value) => value !== '' && value.length <= 20 && value.isWellFormed())

const twoDigits = (max: number) => fc.integer({ min: 1, max }).map((value) => String(value).padStart(2, '0'))
const date = fc
  .tuple(fc.integer({ min: 1900, max: 2100 }), twoDigits(12), twoDigits(28))
  .map((parts) => parts.join('-'))
const time = fc.tuple(twoDigits(23), twoDigits(59), twoDigits(59)).map((parts) => parts.join(':'))

const values: Readonly<Record<Kind, fc.Arbitrary<Scalar>>> = {
  string: text,
  text,
  integer: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
  float: fc.oneof(fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }), fc.constantFrom('NaN', 'INF')),
  boolean: fc.boolean(),
  date,
  time,
  datetime: fc
    .tuple(date, time, fc.integer({ min: 0, max: 9 }))
    .map(([day, clock, tenth]) => `${day} ${clock}.${tenth}`),
}

function anyValue(field: FieldDecl): fc.Arbitrary<Scalar> {
  if (field.values) return fc.constantFrom(...field.values)
  if (field.max !== undefined && field.max < 20) return fc.constantFrom('Sag', 'Tra', 'a b')
  // Totals that the archive keeps, such as sizes in bytes.
  if (field.kind === 'integer' && field.readonly) return fc.integer({ min: 0, max: 2 ** 40 })
  return values[field.kind]
}

/** A record of the type with some of its fields and, `depth` levels deep, some of its children. */
function itemOf(type: DataType, depth: number): fc.Arbitrary<Item> {
  const members = [...type.members.values()]
  const fields = members.filter((member): member is Field => !isChild(member))
  const children = depth === 0 ? [] : members.filter(isChild)
  const someFields = fc
    .subarray(fields)
    .chain((chosen) => recordOf(chosen.map((field) => [field.path, anyValue(field)])))
  const someChildren = fc
    .subarray(children, { maxLength: Math.min(3, children.length) })
    .chain((chosen) => recordOf(chosen.map((child) => [child.path, childrenOf(child, depth)])))
  return fc.record({ fields: someFields, children: someChildren }).map((parts) => ({ type: type.name, ...parts }))
}

function childrenOf(child: Child, depth: number): fc.Arbitrary<Item[]> {
  // A record without any value is not read back, so each gets some; a type that has none goes one level deeper.
  const hasFields = (type: DataType) => [...type.members.values()].some((member) => !isChild(member))
  const concrete = [...types.types.values()].filter(
    (type) => types.isA(type.name, child.child) && type.members.size > 0,
  )
  const one = fc.constantFrom(...concrete).chain((type) => itemOf(type, hasFields(type) ? depth - 1 : depth))
  const filled = one.filter((item) => Object.keys(item.fields).length + Object.keys(item.children).length > 0)
  return fc.array(filled, { minLength: 1, maxLength: child.many ? 3 : 1 })
}

const recordOf = <T>(entries: readonly (readonly [string, fc.Arbitrary<T>])[]): fc.Arbitrary<Record<string, T>> =>
  fc
    .tuple(...entries.map(([, value]) => value))
    .map((chosen) => Object.fromEntries(chosen.map((value, at) => [entries[at]![0], value])))

describe('a document written and read again', () => {
  for (const type of types.types.values()) {
    it(`is the same ${type.name}`, () => {
      fc.assert(
        fc.property(itemOf(type, 1), fc.boolean(), (item, concealHidden) => {
          const xml = itemToXml(types, item, { siteUrl: 'https://xnat.example.org', concealHidden })
          assert.deepEqual(xmlToItem(types, readXml(xml)), { item, faults: [] })
        }),
        { numRuns: 8 },
      )
    })
  }
})
