/** What was found on the way that somebody has to know: things that were not taken, and things taken otherwise. */
export type Finding = Readonly<{
  kind: keyof typeof findingKinds
  /** In the old archive. */
  path: string
  detail: string
}>

/** Every kind of finding; of those with `lost` something was not taken. */
export const findingKinds = Object.freeze({
  damaged: { lost: true, says: 'its MD5 is not the one in the catalog' },
  missing: { lost: true, says: 'the catalog lists it, but it is not there' },
  unreadable: { lost: true, says: 'it cannot be read' },
  taken: { lost: true, says: 'another content is there already' },
  refused: { lost: true, says: 'its name or path cannot be' },
  unplaced: { lost: true, says: 'it is at no place that is known' },
  link: { lost: true, says: 'it is a symbolic link, which is not followed' },
  remote: { lost: true, says: 'the catalog lists it outside its folder' },
  conflict: { lost: true, says: 'something else bears its name' },
  'damaged-taken': { lost: false, says: 'its MD5 is not the one in the catalog; it was taken nevertheless' },
  renamed: { lost: false, says: 'its name cannot be; it got another' },
  guessed: { lost: false, says: 'nothing tells what belongs here' },
  uncatalogued: { lost: false, says: 'files that no catalog lists; they were taken' },
  catalog: { lost: false, says: 'the catalog cannot be used' },
  document: { lost: false, says: 'the XML document cannot be used' },
  headers: { lost: false, says: 'the DICOM headers could not fill the record' },
  empty: { lost: false, says: 'there is nothing in it' },
  passed: { lost: false, says: 'a leftover that is no data' },
} as const)

/** Told each finding when it is made. */
export type Tell = (finding: Finding) => void
