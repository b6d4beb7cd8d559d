import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Caller, callerOf } from '../support/caller.ts'
import { type Ended, openProgram, program, serving } from './program.ts'

/** What the command said, and the rows of its report: kind, path below the old archive, detail. */
export type Adopted = Ended & Readonly<{ findings: string[][] }>

/** A server with an empty archive, and the command beside it. */
export type Adopting = Readonly<{
  env: Record<string, string>
  dataFolder: string
  admin: Caller
  adopt: (folder: string, ...words: string[]) => Promise<Adopted>
  /** Names of the files at an address. */
  files: (address: string) => Promise<(string | undefined)[]>
  close: () => Promise<void>
}>

export async function openAdopting(): Promise<Adopting> {
  const { env, place, remove } = await openProgram()
  const server = await serving(env)
  const admin = callerOf(server.url, 'admin', 'admin-password')
  let reports = 0
  const adopt: Adopting['adopt'] = async (folder, ...words) => {
    const file = join(place.folder, `report-${++reports}.csv`)
    const ended = await program(['adopt', folder, '--report', file, ...words], env)
    const text = await readFile(file, 'utf8').catch(() => 'kind,path,detail\n')
    const [, ...rows] = text.trim().split('\n')
    const findings = rows.map((row) => {
      const [kind = '', path = '', ...rest] = row.split(',')
      return [kind, path.slice(folder.length + 1), rest.join(',')]
    })
    return { ...ended, findings }
  }
  return {
    env,
    dataFolder: place.folder,
    admin,
    adopt,
    files: async (address) => (await admin('GET', `${address}?format=json`)).rows().map((row) => row['Name']),
    close: async () => {
      server.signal('SIGTERM')
      await server.ended
      await remove()
    },
  }
}

/** `kind path` of each finding, in order. */
export const kindsOf = (findings: readonly string[][]): string[] =>
  findings.map(([kind, path]) => `${kind} ${path}`).sort()
