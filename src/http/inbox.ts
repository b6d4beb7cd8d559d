import { createReadStream } from 'node:fs'
import { lstat, opendir, realpath, rm } from 'node:fs/promises'
import { join, relative, resolve, sep } from 'node:path'
import { refuse } from '../errors.ts'
import { lazily } from '../formats/concatenation.ts'
import { filesWithin } from '../formats/container-stream.ts'
import type { IncomingFile } from '../model/incoming-file.ts'
import type { Call } from './call.ts'

/** A file or folder of the inbox, which people of this machine fill. */
export type InboxPlace = Readonly<{ root: string; path: string }>

/**
 * What `path` names in the inbox: below its root, links followed.
 * @throws ArchiveError 'unsupported' where this server has no inbox, 'invalid' without a path or for one that leads
 * elsewhere, 'not-found'
 */
export async function inboxPlace(inbox: string | undefined, path: string | undefined): Promise<InboxPlace> {
  if (inbox === undefined)
    return refuse({
      kind: 'unsupported',
      what: 'inbox',
      because: 'This server has no inbox: ISOCENTER_INBOX names none.',
    })
  if (path === undefined)
    return refuse({ kind: 'invalid', field: 'path', because: 'Say which file or folder of the inbox: path.' })
  const root = await existing(inbox, inbox)
  const found = await existing(resolve(root, path), path)
  if (found === root || found.startsWith(root + sep)) return { root, path: found }
  return refuse({ kind: 'invalid', field: 'path', because: `${path} does not lie in the inbox.` })
}

async function existing(path: string, name: string): Promise<string> {
  try {
    return await realpath(path)
  } catch (error) {
    return refuse({ kind: 'not-found', noun: 'file', name, because: `There is no ${name} in the inbox.` }, error)
  }
}

/** The files there, archives among them taken apart; links are passed over. */
export async function* inboxFiles({ archive }: Call, { root, path }: InboxPlace): AsyncGenerator<IncomingFile, void> {
  for await (const file of filesBelow(path)) {
    const { size } = await lstat(file)
    yield* filesWithin(
      { path: relative(root, file), bytes: lazily(() => createReadStream(file)), size },
      archive.limits,
    )
  }
}

async function* filesBelow(path: string): AsyncGenerator<string, void> {
  const found = await lstat(path)
  if (found.isFile()) yield path
  if (!found.isDirectory()) return
  const names: string[] = []
  for await (const { name } of await opendir(path)) names.push(name)
  for (const name of names.sort()) yield* filesBelow(join(path, name))
}

/** Removes what was imported, but never the inbox itself. */
export async function emptyInbox({ root, path }: InboxPlace): Promise<void> {
  if (path !== root) return rm(path, { recursive: true, force: true })
  for await (const { name } of await opendir(root)) await rm(join(root, name), { recursive: true, force: true })
}
