import type { Parameter } from '../call.ts'

/** Descriptions of parameters that many pages share, for the OpenAPI document. */
export const projectParameter: Parameter = { name: 'project', in: 'path', says: 'ID or alias of a project' }
export const subjectParameter: Parameter = {
  name: 'subject',
  in: 'path',
  says: 'Id of a subject, or its label where a project is named',
}
export const experimentParameter: Parameter = {
  name: 'experiment',
  in: 'path',
  says: 'Accession id of an experiment, or its label where a project is named',
}

export const formatParameter: Parameter = {
  name: 'format',
  in: 'query',
  says: 'Representation of the answer; wins over Accept',
  values: ['json', 'xml', 'csv', 'html'],
}

export const listParameters: readonly Parameter[] = [
  formatParameter,
  { name: 'columns', in: 'query', says: 'Comma-separated short names or XML paths' },
  { name: 'xsiType', in: 'query', says: 'Only records of this data type' },
  { name: 'sortBy', in: 'query', says: 'Comma-separated names of columns' },
  { name: 'sortOrder', in: 'query', says: 'DESC reverses', values: ['ASC', 'DESC'] },
  { name: 'fields', in: 'query', says: 'With any value: the short names with their paths' },
]

export const pageParameters: readonly Parameter[] = [
  { name: 'limit', in: 'query', says: 'Rows of a page (100 when only offset is given); * for all' },
  { name: 'offset', in: 'query', says: 'Rows to skip' },
]

/** Parameters of a write that removes nothing. */
export const mergeParameters: readonly Parameter[] = [
  { name: 'xsiType', in: 'query', says: 'Data type of a new record' },
  { name: 'event_reason', in: 'query', says: 'Why, for the history' },
  { name: 'event_comment', in: 'query', says: 'More about why, for the history' },
  { name: 'event_action', in: 'query', says: 'What is done, for the history' },
  {
    name: 'event_type',
    in: 'query',
    says: 'Where the change comes from',
    values: ['PROCESS', 'WEB_FORM', 'WEB_SERVICE'],
  },
]

export const writeParameters: readonly Parameter[] = [
  ...mergeParameters,
  { name: 'allowDataDeletion', in: 'query', says: 'true: what the document does not hold is removed' },
]
