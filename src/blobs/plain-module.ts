import { readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'

/**
 * A module as a thread can load it without stripping types by itself, for which each thread would need a compiler of
 * its own in memory: the same text without types, its relative imports alike. A compiled module is given as it is.
 * @param file address of the module; it imports only modules of Node and modules like itself
 */
export function plainModule(file: URL): URL {
  if (!file.pathname.endsWith('.ts')) return file
  const text = stripTypeScriptTypes(readFileSync(file, 'utf8'))
  const linked = text.replaceAll(
    /^(import [^']* from )'(\.[^']*)'/gm,
    (_, head: string, name: string) => `${head}'${plainModule(new URL(name, file))}'`,
  )
  return new URL(`data:text/javascript;base64,${Buffer.from(linked).toString('base64')}`)
}
