/** A way to read from an object where it belongs. */
export type Identifier = Readonly<{
  name: string
  /** What people are shown. */
  says: string
  /** Name of the original's class, which its clients may compare. */
  implementation: string
  /** Rules of a receiver can tell it what to read. */
  routing: boolean
}>

/** The ways there are, the usual one first (import 5.2). */
export const identifiers: readonly Identifier[] = Object.freeze([
  {
    name: 'dicomObjectIdentifier',
    says: 'Default DICOM object identifier (ClassicDicomObjectIdentifier)',
    implementation: 'org.nrg.dcm.id.ClassicDicomObjectIdentifier',
    routing: true,
  },
])

/** `default` is the first. */
export const identifierNamed = (name: string): Identifier | undefined =>
  identifiers.find((each) => each.name === name) ?? (name === 'default' ? identifiers[0] : undefined)
