import type { Parameter } from '../call.ts'

/** Descriptions of parameters of folders and files, for the OpenAPI document. */
export const folderParameter: Parameter = { name: 'folder', in: 'path', says: 'Label or number of a resource folder' }
export const pathParameter: Parameter = {
  name: '*',
  in: 'path',
  says: 'Path of the file in its folder; may contain slashes',
}

export const tableParameters: readonly Parameter[] = [
  { name: 'sortBy', in: 'query', says: 'Comma-separated names of columns' },
  { name: 'sortOrder', in: 'query', says: 'DESC reverses', values: ['ASC', 'DESC'] },
  {
    name: 'all',
    in: 'query',
    says: 'true on a session: what hangs on its scans, reconstructions and assessors as well',
  },
]

export const descriptorParameters: readonly Parameter[] = [
  { name: 'format', in: 'query', says: 'Format of what is stored' },
  { name: 'content', in: 'query', says: 'What the content is' },
  { name: 'description', in: 'query', says: 'A description' },
  { name: 'tags', in: 'query', says: 'Tags, on folders comma-separated; may be repeated' },
]

export const reasonParameters: readonly Parameter[] = [
  { name: 'event_reason', in: 'query', says: 'Why, for the history' },
  { name: 'event_comment', in: 'query', says: 'More about why, for the history' },
  { name: 'event_action', in: 'query', says: 'What is done, for the history' },
]

export const acceptNotFound: Parameter = {
  name: 'accept-not-found',
  in: 'query',
  says: 'true: 204 instead of 404 where nothing matches',
}

export const statuses = {
  400: 'The address or a parameter cannot be',
  403: 'Not allowed',
  404: 'Unknown, or not visible',
  409: 'The label is taken',
} as const
