import { type Dictionary, makeDictionary, type TypeDecl } from '../dictionary.ts'
import { assessmentTypes } from './assessment.ts'
import { assessorTypes } from './assessor.ts'
import { experimentTypes } from './experiment.ts'
import { imageScanTypes } from './image-scan.ts'
import { imageSessionTypes } from './image-session.ts'
import { partTypes } from './parts.ts'
import { projectTypes } from './project.ts'
import { reconstructionTypes } from './reconstruction.ts'
import { resourceTypes } from './resource.ts'
import { subjectTypes } from './subject.ts'

/** Every data type the archive knows. */
export const allTypes: readonly TypeDecl[] = [
  ...projectTypes,
  ...subjectTypes,
  ...experimentTypes,
  ...imageSessionTypes,
  ...imageScanTypes,
  ...reconstructionTypes,
  ...assessorTypes,
  ...assessmentTypes,
  ...resourceTypes,
  ...partTypes,
]

/** The dictionary of all declared types; a new one at each call, so make it once and hand it on. */
export function standardDictionary(): Dictionary {
  return makeDictionary(allTypes)
}
