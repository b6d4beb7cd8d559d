import { refuse } from '../errors.ts'
import {
  type ArchiveEntry,
  type ArchiveLimits,
  damaged,
  invalidMember,
  MemberCheck,
  plainPath,
} from './archive-entry.ts'
import { openFile, type RandomAccess } from './random-access.ts'
import { openDirectory, type ZipDirectory, type ZipMember } from './zip-directory.ts'
import { openMember } from './zip-member.ts'

/**
 * The files of a zip, from a path on disk or any random access. All names, kinds and announced sizes have been checked
 * before the first file comes, and contents never exceed their announced size. What was opened before the last file has
 * been taken may be read to its end later; nothing can be opened after that.
 * @throws ArchiveError 'invalid' naming the member for names that lead elsewhere, links, devices and encrypted members,
 * and for damage; 'too-large' beyond the limits
 */
export async function* readZip(from: string | RandomAccess, limits: ArchiveLimits): AsyncGenerator<ArchiveEntry, void> {
  if (typeof from !== 'string') return yield* entriesOf(from, limits)
  const file = await openFile(from)
  try {
    yield* entriesOf(file, limits)
  } finally {
    await file.close()
  }
}

async function* entriesOf(source: RandomAccess, limits: ArchiveLimits): AsyncGenerator<ArchiveEntry, void> {
  const entries: ArchiveEntry[] = []
  const check = new MemberCheck(limits)
  try {
    const directory = await openDirectory(source)
    check.expect(directory.count)
    for await (const member of directory.members()) {
      const path = check.admit(member.name, member.kind, member.size)
      if (member.encrypted) invalidMember(member.name, 'is encrypted')
      if (member.method !== 0 && member.method !== 8) invalidMember(member.name, 'is packed in an unknown way')
      if (path !== undefined) entries.push({ path, size: member.size, open: () => openMember(source, member) })
    }
  } catch (error) {
    damaged(error)
  }
  check.checkRatio(source.size)
  yield* entries
}

/**
 * Names and sizes in bytes of the files in a zip, as they stand there: for showing, not for storing.
 * @throws ArchiveError 'unsupported' when it is no zip, 'invalid' when it is damaged
 */
export async function listZip(source: RandomAccess): Promise<readonly Readonly<{ name: string; size: number }>[]> {
  const files: { name: string; size: number }[] = []
  for await (const { name, size } of filesOf(source)) files.push({ name: plainPath(name), size })
  return files
}

/**
 * The file of a zip that has this name, or undefined.
 * @throws ArchiveError 'unsupported' when it is no zip, 'invalid' when it is damaged or the member cannot be unpacked
 */
export async function findZipMember(source: RandomAccess, name: string): Promise<ArchiveEntry | undefined> {
  const path = plainPath(name)
  for await (const member of filesOf(source)) {
    if (plainPath(member.name) !== path) continue
    if (member.encrypted || (member.method !== 0 && member.method !== 8)) invalidMember(name, 'cannot be unpacked')
    return { path, size: member.size, open: () => openMember(source, member) }
  }
  return undefined
}

async function* filesOf(source: RandomAccess): AsyncGenerator<ZipMember, void> {
  const directory = await openAnyDirectory(source)
  try {
    for await (const member of directory.members()) if (member.kind === 'file') yield member
  } catch (error) {
    damaged(error)
  }
}

async function openAnyDirectory(source: RandomAccess): Promise<ZipDirectory> {
  try {
    return await openDirectory(source)
  } catch (error) {
    return refuse({ kind: 'unsupported', what: 'archive', because: 'This file is not a zip.' }, error)
  }
}
