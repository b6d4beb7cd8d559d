/** Namespace of each schema prefix that documents may use (scans 3.4, hierarchy 1.4). */
export const namespaces: Readonly<Record<string, string>> = Object.freeze({
  xnat: 'http://nrg.wustl.edu/xnat',
  xnat_a: 'http://nrg.wustl.edu/xnat_assessments',
  arc: 'http://nrg.wustl.edu/arc',
  val: 'http://nrg.wustl.edu/val',
  pipe: 'http://nrg.wustl.edu/pipe',
  wrk: 'http://nrg.wustl.edu/workflow',
  scr: 'http://nrg.wustl.edu/scr',
  xdat: 'http://nrg.wustl.edu/security',
  cat: 'http://nrg.wustl.edu/catalog',
  prov: 'http://www.nbirn.net/prov',
  icr: 'http://icr.ac.uk/icr',
  xsi: 'http://www.w3.org/2001/XMLSchema-instance',
})

const prefixes: ReadonlyMap<string, string> = new Map(Object.entries(namespaces).map(([prefix, uri]) => [uri, prefix]))

/** Namespace of a prefix, or undefined when no schema has it. */
export function namespaceOf(prefix: string): string | undefined {
  return Object.hasOwn(namespaces, prefix) ? namespaces[prefix] : undefined
}

/** The prefix that type names of this namespace bear, whatever prefix a document chose; undefined when unknown. */
export function prefixOf(uri: string): string | undefined {
  return prefixes.get(uri)
}
