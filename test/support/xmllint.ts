import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** What `xmllint` says and how it ends; `code` is undefined where it is not installed. */
export type Linted = Readonly<{ code: number | undefined; said: string }>

function xmllint(words: readonly string[]): Promise<Linted> {
  const { promise, resolve } = Promise.withResolvers<Linted>()
  execFile('xmllint', words, { maxBuffer: 1 << 26 }, (error, out, said) => {
    const code = error ? (typeof error.code === 'number' ? error.code : undefined) : 0
    resolve({ code, said: `${out}${said}` })
  })
  return promise
}

/** Why validation is left out, or false: `xmllint` must be there where tests are counted on. */
export async function withoutXmllint(): Promise<string | false> {
  if ((await xmllint(['--version'])).code !== undefined) return false
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
): Promise<Linted> {
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
    return await xmllint(['--noout', '--nonet', '--schema', all, ...paths])
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
