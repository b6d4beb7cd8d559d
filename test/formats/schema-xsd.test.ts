import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { annotationXsd } from '../../src/formats/annotation-xsd.ts'
import { archiveSpecXml } from '../../src/formats/archive-spec.ts'
import { catalogToXml, xcatToXml } from '../../src/formats/catalog-xml.ts'
import { itemToXml } from '../../src/formats/item-xml.ts'
import { schemaXsd } from '../../src/formats/schema-xsd.ts'
import { type DataType, type Dictionary, isChild, type Scalar } from '../../src/model/dictionary.ts'
import type { Item } from '../../src/model/item.ts'
import { namespaces } from '../../src/model/namespaces.ts'
import { type Schema, schemaFile, schemas } from '../../src/model/schemas.ts'
import { documents } from '../../src/model/types/documents.ts'
import { readValue } from '../../src/model/values.ts'
import { validated, withoutXmllint } from '../support/xmllint.ts'
import { types } from './items.ts'

const dictionaryOf = ({ prefix }: Schema): Dictionary =>
  [...types.types.values()].some((type) => type.prefix === prefix) ? types : documents
const textOf = (schema: Schema): string =>
  schema.prefix === undefined ? annotationXsd() : schemaXsd(dictionaryOf(schema), schema)
const texts = Object.fromEntries(schemas.map((schema) => [schemaFile(schema), textOf(schema)]))
const uris = Object.fromEntries(
  schemas.map((schema) => [
    schemaFile(schema),
    (schema.prefix && namespaces[schema.prefix]) ?? 'http://nrg.wustl.edu/xdat',
  ]),
)
const xnat = texts['xnat/xnat.xsd'] ?? ''
const without = await withoutXmllint()

/** Values that lie at the edges of each kind. */
const samples: Readonly<Record<string, readonly string[]>> = {
  string: ['plain', 'a < b & "c"'],
  text: ['two\nlines', ''],
  integer: ['0', '-7'],
  float: ['42', 'NaN', '-INF', '1e10'],
  date: ['2024-02-29', '0999-01-01'],
  time: ['00:00:00', '23:59:59'],
  datetime: ['2024-02-29 10:11:12.5', '2024-02-29'],
  boolean: ['1', 'false'],
}

/** A record of a type with a value in every field, and one record or two in every place below it. */
function filled(dictionary: Dictionary, type: DataType, turn: number, depth = 0): Item {
  const fields: Record<string, Scalar> = {}
  const children: Record<string, Item[]> = {}
  for (const member of type.members.values()) {
    if (isChild(member)) {
      if (depth > 2) continue
      const held = [...dictionary.types.values()].filter(
        (each) => dictionary.isA(each.name, member.child) && !each.abstract,
      )
      const chosen = held[(turn * 7) % held.length]
      const one = chosen && filled(dictionary, chosen, turn, depth + 1)
      // What holds nothing is not stored.
      if (one && Object.keys({ ...one.fields, ...one.children }).length > 0)
        children[member.path] = member.many ? [one, one] : [one]
      continue
    }
    const choices = member.values ?? (member.timeAlone ? ['10:11:12', '2024-01-01 10:11:12'] : samples[member.kind]!)
    const read = readValue(member, choices[turn % choices.length]!)
    if ('value' in read) fields[member.path] = read.value
  }
  return { type: type.name, fields, children, id: turn + 1 }
}

describe('schemas', () => {
  it('hierarchy 184: every one is a valid schema, and a document with every field of every type satisfies it', {
    skip: without,
  }, async () => {
    const written: Record<string, string> = {
      'catalog.xml': catalogToXml({
        id: 7,
        label: 'DICOM',
        project: 'P1',
        rootPath: '/data/P1',
        audit: [{ eventId: 3, at: '2024-01-01T00:00:00.000Z', added: 1, modified: 0 }],
        entries: [
          {
            path: 'a/b.dcm',
            name: 'b.dcm',
            size: 4,
            digest: 'ff',
            format: 'DICOM',
            content: 'RAW',
            description: 'x',
            tags: ['t'],
            createdBy: 'own',
            createdAt: '2024-01-01T00:00:00.000Z',
            createdEventId: 3,
            modifiedBy: undefined,
            modifiedAt: undefined,
            modifiedEventId: undefined,
          },
        ],
      } as unknown as Parameters<typeof catalogToXml>[0]),
      'empty.xml': catalogToXml({ id: 8, entries: [] } as unknown as Parameters<typeof catalogToXml>[0]),
      'xcat.xml': xcatToXml(
        [{ uri: '/data/x', member: 'x/a', name: 'a', size: 1 } as Parameters<typeof xcatToXml>[0][0]],
        'https://x.example',
      ),
      'settings.xml': archiveSpecXml({ project: 'P1', currentArc: 'arc001', prearchiveCode: 4, quarantineCode: 0 }),
    }
    for (const type of types.types.values()) {
      if (type.abstract || !(type.root || types.isA(type.name, 'xnat:experimentData'))) continue
      for (const turn of [0, 1, 2]) {
        const name = `${type.name.replace(':', '_')}-${turn}.xml`
        written[name] = itemToXml(types, filled(types, type, turn), { siteUrl: 'https://x.example' })
      }
    }
    assert.ok(Object.keys(written).length > 300)
    const { code, said } = await validated(texts, uris, written)
    assert.equal(
      code,
      0,
      said
        .split('\n')
        .filter((line) => !line.endsWith(' validates'))
        .slice(0, 20)
        .join('\n'),
    )
  })

  it('a document that breaks the rules does not satisfy them', { skip: without }, async () => {
    const start = `<xnat:MRSession xmlns:xnat="${namespaces['xnat']}"`
    for (const wrong of [
      `${start}><xnat:date>yesterday</xnat:date></xnat:MRSession>`,
      `${start}><xnat:nothing/></xnat:MRSession>`,
      `${start} nothing="1"/>`,
      `<xnat:Nothing xmlns:xnat="${namespaces['xnat']}"/>`,
    ]) {
      assert.notEqual((await validated(texts, uris, { 'wrong.xml': wrong })).code, 0, wrong)
    }
  })

  it('clients 1: have the form that clients can read', () => {
    for (const [path, text] of Object.entries(texts)) {
      assert.match(text, /^<\?xml version="1.0" encoding="UTF-8"\?>\n<xs:schema /, path)
      assert.equal(
        text.match(/xmlns:/g)?.length,
        /<xs:schema [^>]*>/.exec(text)?.[0].match(/xmlns:\w+="\S+"/g)?.length,
        path,
      )
      assert.match(text, new RegExp(`xmlns:\\w+="${/targetNamespace="([^"]*)"/.exec(text)?.[1]}"`), path)
      assert.doesNotMatch(
        text,
        /<xs:(group|attributeGroup|any|union|list|choice)\b|LONGVARCHAR|name="fileData"|"""/,
        path,
      )
      assert.doesNotMatch(text, /<xs:complexContent>\s*<xs:restriction/, path)
      assert.doesNotMatch(text, /name="\d/, path)
      assert.doesNotMatch(text, /<xs:(element|attribute) [^>]*type=[^>]*[^/]>\s*<xs:simpleType/, path)
      const builtIn = new Set(text.match(/(?<=(?:type|base)=")xs:\w+/g))
      const known = ['xs:string', 'xs:integer', 'xs:float', 'xs:boolean', 'xs:date', 'xs:time', 'xs:dateTime']
      assert.deepEqual(
        [...builtIn].filter((name) => !known.includes(name)),
        [],
        path,
      )
    }
  })

  it('tell how records are told apart', () => {
    const identifier = (type: string): string | undefined =>
      new RegExp(
        `name="${type}">\\s*<xs:annotation>\\s*<xs:appinfo>\\s*<xdat:element displayIdentifiers="(\\w+)"`,
      ).exec(xnat)?.[1]
    assert.equal(identifier('subjectData'), 'label')
    assert.equal(identifier('experimentData'), 'label')
    assert.equal(identifier('imageScanData'), 'ID')
    assert.equal(identifier('projectData'), undefined)
    const fields =
      /<xs:element name="field" minOccurs="0" maxOccurs="unbounded">\s*<xs:annotation>\s*<xs:appinfo>\s*<xdat:element displayIdentifiers="name"\/>/g
    assert.equal(xnat.match(fields)?.length, 5)
  })

  it('name every type that a record can have', () => {
    const defined = new Set(
      Object.entries(texts).flatMap(([path, text]) => {
        const prefix = schemas.find((schema) => schemaFile(schema) === path)?.prefix
        return [...text.matchAll(/<xs:complexType name="([^"]+)"/g)].map(([, name]) => `${prefix}:${name}`)
      }),
    )
    const missing = [...types.types.keys()].filter(
      (name) => !defined.has(name) && !/_/.test(name.replace('xnat_a', '')),
    )
    assert.deepEqual(missing, [])
  })
})
