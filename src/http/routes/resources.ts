import { catalogOf } from '../../archive/catalog.ts'
import { type Descriptors, folderTags } from '../../archive/folders.ts'
import { createResource, deleteResources, listResources } from '../../archive/resources.ts'
import { refuse } from '../../errors.ts'
import { catalogXmlChunks } from '../../formats/catalog-xml.ts'
import type { Item } from '../../model/item.ts'
import type { Answer, Call, Operation, Route } from '../call.ts'
import { readPatch } from '../document.ts'
import { parentOf } from '../parent-uris.ts'
import { emptyAnswer, locationAnswer, tableAnswer } from '../reply.ts'
import { prepareAskedSnapshots } from '../snapshot-folder.ts'
import { type ParentPaths, parentPaths } from './parent-paths.ts'
import {
  descriptorParameters,
  folderParameter,
  reasonParameters,
  statuses,
  tableParameters,
} from './resource-parameters.ts'
import { tableTypes } from './session-places.ts'
import { formatParameter } from './shared-parameters.ts'

const CATALOG = 'xnat:resourceCatalog'

async function list(call: Call): Promise<Answer> {
  return tableAnswer(call, await listResources(call.archive, call.viewer, parentOf(call), call.query.flag('all')))
}

/** What a request says of a folder: parameters over the document in its body (resources 6.1). */
async function readFolder(call: Call): Promise<Readonly<{ label: string | undefined; described: Descriptors }>> {
  const { document } = await readPatch(call, [])
  if (document && document.type !== CATALOG) {
    refuse({ kind: 'unreadable', what: 'document', because: `The document is not of the type ${CATALOG}.` })
  }
  const text = (name: string): string | undefined =>
    call.query.get(`${CATALOG}/${name}`) || call.query.get(name) || String(document?.fields[name] ?? '') || undefined
  const tags = folderTags(call.query.all('tags'))
  return {
    label:
      call.query.get(`${CATALOG}/label`) ||
      call.query.get('label') ||
      String(document?.fields['label'] ?? '') ||
      undefined,
    described: {
      format: text('format'),
      content: text('content'),
      description: text('description'),
      tags: tags.length > 0 ? tags : (document?.children['tags/tag'] ?? []).map(tagOf),
    },
  }
}

/** A tag of a document; a named one as `name=tag`. */
const tagOf = ({ fields }: Item): string =>
  fields['name'] ? `${fields['name']}=${fields['tag']}` : String(fields['tag'])

async function createUnlabelled(call: Call): Promise<Answer> {
  const { label, described } = await readFolder(call)
  const id = await createResource(call.archive, call.viewer, call.why, { parent: parentOf(call), label, described })
  return locationAnswer(`${call.siteUrl}${call.path}/${id}`)
}

async function create(call: Call): Promise<Answer> {
  const { described } = await readFolder(call)
  await createResource(call.archive, call.viewer, call.why, {
    parent: parentOf(call),
    label: call.params['folder'],
    described,
  })
  return emptyAnswer
}

/** Always XML, whatever format is asked for: xnatpy recognises a folder by it (resources 5). */
async function catalog(call: Call): Promise<Answer> {
  await prepareAskedSnapshots(call)
  const { rootPath, ...found } = await catalogOf(call.archive, call.viewer, parentOf(call), call.params['folder'] ?? '')
  // A virtual path: where files really lie is nobody's business (resources 10).
  const shown = call.query.flag('includeRootPath') ? { ...found, rootPath: `/data/xnat/archive/${rootPath}` } : found
  return { status: 200, headers: { 'content-type': 'text/xml; charset=UTF-8' }, body: catalogXmlChunks(shown) }
}

async function remove(call: Call): Promise<Answer> {
  const removal = { parent: parentOf(call, true), folders: call.params['folder'] ?? '' }
  await deleteResources(call.archive, call.viewer, call.why, removal)
  return emptyAnswer
}

async function tooDeep(): Promise<Answer> {
  const because =
    "This address works at the catalog level only and does not accept file paths; for files append '/files'."
  return refuse({ kind: 'invalid', field: 'path', because })
}

function collection({ says, paths, parameters }: ParentPaths): Route {
  const make: Operation = {
    says: `Make a folder of ${says}; its label is a parameter or in the document`,
    respond: createUnlabelled,
    parameters: [
      ...parameters,
      { name: `${CATALOG}/label`, in: 'query', says: 'Label of the new folder' },
      ...descriptorParameters,
      ...reasonParameters,
    ],
    takes: ['text/xml'],
    gives: ['text/plain'],
    statuses,
  }
  return {
    page: 'Resources',
    paths: paths.map((path) => `${path}/resources`),
    GET: {
      says: `List the folders of ${says}`,
      respond: list,
      parameters: [...parameters, formatParameter, ...tableParameters],
      gives: tableTypes,
      statuses: { 404: statuses[404] },
    },
    PUT: make,
    POST: make,
  }
}

function folder({ says, paths, parameters: above }: ParentPaths): Route {
  const parameters = [...above, folderParameter]
  const make: Operation = {
    says: `Make a folder of ${says} under a new label`,
    respond: create,
    parameters: [...parameters, ...descriptorParameters, ...reasonParameters],
    takes: ['text/xml'],
    gives: ['text/plain'],
    statuses,
  }
  return {
    page: 'Resources',
    paths: paths.map((path) => `${path}/resources/:folder`),
    GET: {
      says: `The catalog of a folder of ${says}`,
      respond: catalog,
      parameters,
      gives: ['text/xml'],
      statuses: { 404: statuses[404] },
    },
    PUT: make,
    POST: make,
    DELETE: {
      says: `Delete folders of ${says} with their files`,
      respond: remove,
      parameters: [...parameters, ...reasonParameters],
      gives: ['text/plain'],
      statuses,
    },
  }
}

function belowFolder({ paths, parameters }: ParentPaths): Route {
  const operation: Operation = {
    says: "Nothing: the address of a file goes on with '/files'",
    respond: tooDeep,
    parameters: [...parameters, folderParameter, { name: '*', in: 'path', says: 'Anything but files' }],
    statuses: { 400: statuses[400] },
  }
  return {
    page: 'Resources',
    paths: paths.map((path) => `${path}/resources/:folder/*`),
    GET: operation,
    PUT: operation,
    POST: operation,
    DELETE: operation,
  }
}

/** Resource folders of everything that can have some (resources 2, 5, 6 and 8.1). */
export const resourceRoutes: readonly Route[] = parentPaths.flatMap((paths) => [
  collection(paths),
  folder(paths),
  belowFolder(paths),
])
