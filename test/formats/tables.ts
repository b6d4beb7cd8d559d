import type { Cell, Column, Table } from '../../src/model/table.ts'

const columnsOf = (...keys: string[]): Column[] => keys.map((key) => ({ key, kind: 'string' }))

const scanRows: Cell[][] = [
  [41, '1', 'LOCALIZER', 'usable', 'xnat:mrScanData', null, 'localizer', '/data/experiments/XNAT_E00012/scans/1'],
  [
    42,
    '2',
    'T1',
    'questionable',
    'xnat:mrScanData',
    'moved, then "still"',
    't1_mprage',
    '/data/experiments/XNAT_E00012/scans/2',
  ],
]

/** The scan listing of scans 2.5 to 2.8, in table order. */
export const scans: Table = {
  columns: [
    { key: 'xnat_imagescandata_id', kind: 'integer' },
    ...columnsOf('ID', 'type', 'quality', 'xsiType', 'note', 'series_description', 'URI'),
  ],
  rows: scanRows,
  metadata: { totalRecords: '2' },
}

/** The folder listing of resources 2. */
export const resources: Table = {
  columns: [
    { key: 'xnat_abstractresource_id', kind: 'integer' },
    ...columnsOf('label', 'element_name', 'category', 'cat_id', 'cat_desc'),
    { key: 'file_count', kind: 'integer' },
    { key: 'file_size', kind: 'integer' },
    ...columnsOf('tags', 'content', 'format'),
  ],
  rows: [
    [123, 'NIFTI', 'xnat:resourceCatalog', 'resources', '', ' ', 2, 20480, 'one,site=A', 'T1 NIFTI', 'NIFTI'],
    [124, 'QC', 'xnat:resourceCatalog', 'resources', null, ' ', 0, 0, null, null, null],
  ],
  metadata: { totalRecords: '2', title: 'Resources' },
}

/** The file listing of resources 3.2. */
export const files: Table = {
  columns: [
    { key: 'Name', kind: 'string' },
    { key: 'Size', kind: 'integer' },
    { key: 'URI', kind: 'string', properties: { serverRoot: '' }, link: true },
    ...columnsOf('collection', 'file_tags', 'file_format', 'file_content', 'cat_ID', 'digest'),
  ],
  rows: [
    [
      'brain.nii.gz',
      10240,
      '/data/experiments/XNAT_E00001/resources/123/files/brain.nii.gz',
      'NIFTI',
      '',
      'NIFTI',
      'T1 NIFTI',
      123,
      '9e107d9d372bb6826bd81d3542a419d6',
    ],
  ],
  metadata: { title: 'Files' },
}

/** A table of one column and one cell. */
export function single(column: Column, cell: Cell): Table {
  return { columns: [column], rows: [[cell]], metadata: {} }
}

/** A table of `count` rows, for the pieces a long one is sent in. */
export function long(count: number): Table {
  const rows = Array.from({ length: count }, (_, index): Cell[] => [index, `row ${index}`])
  return {
    columns: [{ key: 'number', kind: 'integer' }, ...columnsOf('text')],
    rows,
    metadata: { totalRecords: String(count) },
  }
}
