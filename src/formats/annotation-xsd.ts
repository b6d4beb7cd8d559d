import { ANNOTATIONS } from './schema-xsd.ts'
import { type Node, node, nodeText } from './xml-node.ts'

const attribute = (name: string, type: string, says: string): Node =>
  node('xs:attribute', { name, type }, [node('xs:annotation', {}, [node('xs:documentation', {}, says)])])

const field = (name: string, type: string): Node => node('xs:element', { name, type, minOccurs: '0' })

/**
 * The vocabulary of the annotations in the other schemas, and what the archive keeps about every record by itself:
 * columns and filters find it under `meta`, as in `xnat:subjectData/meta/insert_date` (hierarchy 1.5, 7.4).
 */
export function annotationXsd(): string {
  const element = node('xs:element', { name: 'element' }, [
    node('xs:complexType', {}, [
      attribute('displayIdentifiers', 'xs:string', 'the field that tells records of this type apart'),
      attribute('abstract', 'xs:boolean', 'no record is of this type itself'),
      attribute('addin', 'xs:string', 'added to every type without being declared there'),
    ]),
  ])
  const meta = node('xs:complexType', { name: 'meta_data' }, [
    node('xs:annotation', {}, [node('xs:appinfo', {}, [node('xdat:element', { addin: 'global' })])]),
    node('xs:sequence', {}, [
      field('insert_date', 'xs:dateTime'),
      field('last_modified', 'xs:dateTime'),
      field('insert_user', 'xs:string'),
    ]),
  ])
  const attributes = {
    targetNamespace: ANNOTATIONS,
    'xmlns:xdat': ANNOTATIONS,
    'xmlns:xs': 'http://www.w3.org/2001/XMLSchema',
    elementFormDefault: 'qualified',
    attributeFormDefault: 'unqualified',
  }
  return `<?xml version="1.0" encoding="UTF-8"?>\n${nodeText(node('xs:schema', attributes, [element, meta]))}`
}
