import { refuse } from '../../errors.ts'
import { type DumpSource, dumpDicom } from '../../intake/dicom-dump.ts'
import { parseDumpSource } from '../arrival-uris.ts'
import type { Answer, Call, Route } from '../call.ts'
import { tableAnswer } from '../reply.ts'
import { formatParameter } from './shared-parameters.ts'

async function dump(call: Call): Promise<Answer> {
  const fields = call.query.all('field').filter((field) => field !== '')
  return tableAnswer(call, await dumpDicom(call.archive, call.viewer, { source: sourceOf(call), fields }))
}

function sourceOf(call: Call): DumpSource {
  const src = call.query.get('src') ?? ''
  const because = `The source ${src} is none: write /archive/projects/P/experiments/E/scans/S or /prearchive/projects/P/TIMESTAMP/NAME.`
  return parseDumpSource(src) ?? refuse({ kind: 'invalid', field: 'src', because })
}

/** What the header of an object says, for people (import 2.5). */
export const dicomDumpRoutes: readonly Route[] = [
  {
    page: 'Prearchive',
    paths: ['/data/services/dicomdump'],
    GET: {
      says: 'The header of one object of a session, a scan, or an entry of the prearchive',
      respond: dump,
      parameters: [
        {
          name: 'src',
          in: 'query',
          says: 'where: /archive/… (also without /archive) or /prearchive/…, with or without /scans/ID',
          required: true,
        },
        { name: 'field', in: 'query', says: 'keyword or tag of an attribute; may be repeated; all without' },
        formatParameter,
      ],
      gives: ['application/json', 'text/xml', 'text/html', 'text/csv'],
      statuses: { 400: 'No source, or a field that is none', 404: 'No such session, scan, entry or object' },
    },
  },
]
