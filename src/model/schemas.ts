/** One XML schema of the site, and where it is served. */
export type Schema = Readonly<{
  /** Folder and file, once when they are equal: `xnat`, `pipeline/workflow`. */
  name: string
  /** The prefix of its namespace; undefined for the vocabulary of annotations, whose prefix another namespace has. */
  prefix: string | undefined
}>

/** Every schema the site serves (hierarchy 7.4). The names are those of the original, where clients look for them. */
export const schemas: readonly Schema[] = [
  { name: 'xnat', prefix: 'xnat' },
  { name: 'assessments', prefix: 'xnat_a' },
  { name: 'screening/screeningAssessment', prefix: 'scr' },
  { name: 'validation/protocolValidation', prefix: 'val' },
  { name: 'birn/birnprov', prefix: 'prov' },
  { name: 'icr', prefix: 'icr' },
  { name: 'catalog', prefix: 'cat' },
  { name: 'security', prefix: 'xdat' },
  { name: 'project', prefix: 'arc' },
  { name: 'pipeline/workflow', prefix: 'wrk' },
  { name: 'xdat', prefix: undefined },
]

/** The file of a schema below the folder of all: `xnat/xnat.xsd`, `pipeline/workflow.xsd`. */
export const schemaFile = ({ name }: Schema): string => `${name.includes('/') ? name : `${name}/${name}`}.xsd`

/** The schema of that name, or undefined. */
export const schemaNamed = (name: string): Schema | undefined => schemas.find((schema) => schema.name === name)
