import { dataType, type FieldDecl, type TypeDecl } from '../dictionary.ts'
import { below, namedValues, provenance, voxelRes } from './parts.ts'

const abstractResource = dataType({
  name: 'xnat:abstractResource',
  identifier: 'label',
  abstract: true,
  singular: 'Resource',
  plural: 'Resources',
  key: 'xnat_abstractresource_id',
  fields: {
    label: { kind: 'string', attribute: true },
    file_count: { kind: 'integer', attribute: true, readonly: true },
    file_size: { kind: 'integer', attribute: true, readonly: true, unit: 'byte' },
    note: { kind: 'string', max: 10000 },
    'tags/tag': { child: 'xnat:abstractResource_tag', many: true, key: ['name', 'tag'] },
  },
})

const descriptors = {
  format: { kind: 'string', attribute: true },
  description: { kind: 'string', attribute: true },
  content: { kind: 'string', attribute: true },
  cachePath: { kind: 'string', attribute: true, readonly: true },
} as const satisfies Record<string, FieldDecl>

const geometry = {
  ...below('dimensions', ['x', 'y', 'z', 'volumes'], { kind: 'integer', attribute: true }),
  ...voxelRes('voxelRes'),
  orientation: { kind: 'string' },
} as const satisfies Record<string, FieldDecl>

const resource = dataType({
  name: 'xnat:resource',
  extends: 'xnat:abstractResource',
  fields: {
    // The place of the folder is the archive's business; documents may carry one of another server.
    URI: { kind: 'string', max: 10000, attribute: true, readonly: true },
    ...descriptors,
    provenance,
  },
})

const resourceCatalog = dataType({
  name: 'xnat:resourceCatalog',
  root: 'ResourceCatalog',
  singular: 'Resource Catalog',
  plural: 'Resource Catalogs',
  extends: 'xnat:resource',
  fields: {},
})

const imageResource = dataType({ name: 'xnat:imageResource', extends: 'xnat:resource', fields: geometry })

const resourceSeries = dataType({
  name: 'xnat:resourceSeries',
  extends: 'xnat:abstractResource',
  fields: {
    path: { kind: 'string', attribute: true, readonly: true },
    pattern: { kind: 'string', attribute: true },
    count: { kind: 'integer', attribute: true },
    name: { kind: 'string', attribute: true },
    ...descriptors,
  },
})

const imageResourceSeries = dataType({
  name: 'xnat:imageResourceSeries',
  extends: 'xnat:resourceSeries',
  fields: geometry,
})

const dicomSeries = dataType({
  name: 'xnat:dicomSeries',
  extends: 'xnat:abstractResource',
  fields: {
    ...descriptors,
    UID: { kind: 'string', attribute: true },
    ...geometry,
    'imageSet/image': { child: 'xnat:dicomSeries_image', many: true, key: ['sop_instance_UID'] },
  },
})

const dicomImage = dataType({
  name: 'xnat:dicomSeries_image',
  key: 'xnat_dicomSeries_image_id',
  fields: {
    URI: { kind: 'string', attribute: true },
    sop_instance_UID: { kind: 'string', attribute: true, required: true },
    instance_number: { kind: 'integer', attribute: true },
  },
})

const publication = dataType({
  name: 'xnat:publicationResource',
  extends: 'xnat:abstractResource',
  fields: {
    isPrimary: { kind: 'boolean', attribute: true },
    doi: { kind: 'string', attribute: true },
    pubmed: { kind: 'string', attribute: true },
    medline: { kind: 'string', attribute: true },
    uri: { kind: 'string', attribute: true },
    other: { kind: 'string', attribute: true },
    type: { kind: 'string', attribute: true },
    title: { kind: 'string', max: 1000 },
    citation: { kind: 'string', max: 1000 },
    abstract: { kind: 'string', max: 10000 },
    commentary: { kind: 'string', max: 10000 },
  },
})

export const resourceTypes: readonly TypeDecl[] = [
  abstractResource,
  namedValues('xnat:abstractResource_tag', 'string', 'tag'),
  resource,
  resourceCatalog,
  imageResource,
  resourceSeries,
  imageResourceSeries,
  dicomSeries,
  dicomImage,
  publication,
]
