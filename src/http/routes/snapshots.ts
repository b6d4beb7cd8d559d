import { type SnapshotWish, snapshot } from '../../intake/snapshots.ts'
import { readView } from '../../intake/views.ts'
import type { Answer, Call, Parameter, Route } from '../call.ts'
import { bytesAnswer, pictureAnswer } from '../file-answers.ts'
import { mediaTypeOf } from '../reply.ts'
import { addressOf } from './experiment-address.ts'
import { sessionParameters } from './session-places.ts'
import { formatParameter } from './shared-parameters.ts'

/** The documented one first: whoever asks for nothing, or for any image, gets it. */
const pictureTypes: readonly SnapshotWish['type'][] = ['image/gif', 'image/png', 'image/jpeg']

async function show(call: Call, half: boolean): Promise<Answer> {
  const at = { ...addressOf(call), scan: call.params['scan'] ?? '' }
  const type = typeOf(call)
  const found = await snapshot(call.pictures, call.archive, call.viewer, {
    at,
    view: readView(call.params['view']),
    half,
    type,
  })
  if ('kept' in found) {
    const answer = await bytesAnswer(call, found.kept, 'inline')
    return { ...answer, headers: { ...answer.headers, vary: 'Accept' } }
  }
  return pictureAnswer(call, found.drawn, { 'content-type': type })
}

/** Another format than those of pictures means nothing here. */
function typeOf(call: Call): SnapshotWish['type'] {
  const asked = mediaTypeOf(call, pictureTypes)
  return pictureTypes.find((type) => type === asked) ?? 'image/gif'
}

const roots = [
  '/xapi/experiments/:experiment',
  '/xapi/projects/:project/experiments/:experiment',
  '/xapi/projects/:project/subjects/:subject/experiments/:experiment',
]

const parameters: readonly Parameter[] = [
  ...sessionParameters,
  { name: 'scan', in: 'path', says: 'ID of a scan', required: true },
  { ...formatParameter, values: ['gif', 'png', 'jpeg'] },
]
const view: Parameter = {
  name: 'view',
  in: 'path',
  says: 'Columns and rows of slices, such as 3X2; anything else is one slice',
}

function places(name: string, says: string, half: boolean): readonly Route[] {
  const respond = (call: Call): Promise<Answer> => show(call, half)
  const gives = [...pictureTypes]
  const statuses = { 404: 'No such scan, or nothing of it can be shown' }
  const paths = roots.map((root) => `${root}/scan/:scan/${name}`)
  return [
    { page: 'Snapshots', paths, GET: { says, respond, parameters, gives, statuses } },
    {
      page: 'Snapshots',
      paths: paths.map((path) => `${path}/:view`),
      GET: { says: `${says}, of several slices`, respond, parameters: [...parameters, view], gives, statuses },
    },
  ]
}

/** Snapshots of scans (import 7): made when they are first asked for, then kept with the scan. */
export const snapshotRoutes: readonly Route[] = [
  ...places('snapshot', 'The picture of the middle slice', false),
  ...places('thumbnail', 'The same at half its size', true),
]
