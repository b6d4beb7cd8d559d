import { putDocument } from '../../archive/document-upload.ts'
import { faultOf, refuse } from '../../errors.ts'
import { xmlToItem } from '../../formats/item-xml.ts'
import { readSentXml, type SentXml, type XmlElement } from '../../formats/xml-read.ts'
import { patchOf } from '../../model/patch.ts'
import type { Answer, Call, Route } from '../call.ts'
import { charsetOf, wholeBody } from '../document.ts'
import { doneAnswer } from '../json-answer.ts'
import { reasonParameters } from './resource-parameters.ts'

async function upload(call: Call): Promise<Answer> {
  const root = rootOf({ bytes: await wholeBody(call.body), charset: charsetOf(call) })
  const { item, faults } = xmlToItem(call.archive.types, root)
  await putDocument(call.archive, call.viewer, call.why, {
    ...patchOf(item),
    document: item,
    faults,
    removesAbsent: call.query.get('allowDataDeletion') === 'true',
  })
  return doneAnswer
}

/** What cannot be read, a DOCTYPE above all, is a bad request here, and not 422 as elsewhere (hierarchy 7.4). */
function rootOf(document: SentXml): XmlElement {
  try {
    return readSentXml(document)
  } catch (error) {
    const fault = faultOf(error)
    if (fault?.kind !== 'unreadable') throw error
    return refuse({ kind: 'invalid', field: 'body', because: fault.because }, error)
  }
}

/** Whole documents, stored by what they say they are of (hierarchy 7.4). */
export const documentUploadRoutes: readonly Route[] = [
  {
    page: 'Documents',
    paths: ['/xapi/archive/upload/xml'],
    PUT: {
      says: 'Stores the document of a subject or an experiment, found by its ID or by its project and label',
      respond: upload,
      parameters: [
        { name: 'allowDataDeletion', in: 'query', says: 'true: what the document does not hold is removed' },
        ...reasonParameters,
      ],
      takes: ['text/xml', 'application/xml'],
      gives: ['text/plain'],
      statuses: { 400: 'No document that could be stored; one with a DOCTYPE', 403: 'Not allowed' },
    },
  },
]
