import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type Ran, run } from './run.ts'

/** Why validation is left out, or false: `xmllint` must be there where tests are counted on. */
export async function withoutXmllint(): Promise<string | false> {
  if ((await run('xmllint', ['--version'])).code !== null) return false
  if (process.env['CI']) throw new Error('xmllint (libxml2-utils) is missing')
  return 'not run: xmllint is not installed'
}

/** Files by path, below one folder. */
export type Files = Readonly<Record<string, string>>

/**
 * Validates documents against a set of schemas, which are written below one folder and may name each other.
 * @param schemas by path; every one of them is imported
 * @returns what the validator says, and 0 when all are valid
 */
export async function validated(
  schemas: Files,
  namespaces: Readonly<Record<string, string>>,
  documents: Files,
): Promise<Ran> {
  const folder = await mkdtemp(join(tmpdir(), 'isocenter-xsd-'))
  try {
    const write = async (name: string, text: string): Promise<string> => {
      await mkdir(dirname(join(folder, name)), { recursive: true })
      await writeFile(join(folder, name), text)
      return join(folder, name)
    }
    const imports = Object.keys(schemas).map(
      (path) => `<xs:import namespace="${namespaces[path]}" schemaLocation="schemas/${path}"/>`,
    )
    for (const [path, text] of Object.entries(schemas)) await write(`schemas/${path}`, text)
    const all = await write(
      'all.xsd',
      `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">${imports.join('')}</xs:schema>`,
    )
    const paths = await Promise.all(Object.entries(documents).map(([name, text]) => write(name, text)))
    return await run('xmllint', ['--noout', '--nonet', '--schema', all, ...paths])
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
