import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { type DownloadWish, type PlannedSession, planDownload } from '../../archive/download-plan.ts'
import { subjectOfHolder } from '../../archive/file-listing.ts'
import { refuse } from '../../errors.ts'
import { downloadManifest, type ManifestSession } from '../../formats/download-manifest.ts'
import type { Answer, Call, Parameter, Route } from '../call.ts'
import { filesUri } from '../file-tables.ts'
import { jsonAnswer, objectOf, readJson } from '../json-answer.ts'
import { folderPrefix } from '../member-names.ts'
import { textAnswer } from '../reply.ts'

/** Sessions of one link: more of them make an address that is too long. */
const MAX_SESSIONS = 500
/** Bytes of a wish once it is unpacked. */
const MAX_WISH_BYTES = 100_000

type Wish = DownloadWish & Readonly<{ options: readonly string[] }>

/** A list of words, given as such or as one word; undefined where the field is absent. @throws ArchiveError 'invalid' */
function words(sent: Readonly<Record<string, unknown>>, name: string): readonly string[] | undefined {
  const value = sent[name] ?? undefined
  if (value === undefined) return undefined
  const list: readonly unknown[] = Array.isArray(value) ? value : [value]
  if (list.every((word): word is string => typeof word === 'string')) return list
  return refuse({ kind: 'invalid', field: name, because: `${name} must be a list of words.` })
}

/** Some programs name sessions by `project:subject:label:id`. */
const idOf = (session: string): string => session.slice(session.lastIndexOf(':') + 1)

function wishOf(sent: Readonly<Record<string, unknown>>): Wish {
  const sessions = (words(sent, 'sessions') ?? []).map(idOf)
  if (sessions.length === 0 || sessions.length > MAX_SESSIONS) {
    const because = `sessions must list from 1 to ${MAX_SESSIONS} ids of sessions.`
    refuse({ kind: 'invalid', field: 'sessions', because })
  }
  return {
    sessions,
    scanTypes: words(sent, 'scan_types'),
    scanFormats: words(sent, 'scan_formats'),
    resources: words(sent, 'resources'),
    assessors: words(sent, 'assessors'),
    reconstructions: words(sent, 'reconstructions'),
    options: words(sent, 'options') ?? [],
  }
}

/** The wish itself, packed: nothing is kept for it, and it opens nothing that its reader may not see. */
const linkOf = (wish: Wish): string => deflateRawSync(JSON.stringify(wish)).toString('base64url')

function wishIn(call: Call): Wish {
  const id = call.params['id'] ?? ''
  try {
    const text = inflateRawSync(Buffer.from(id, 'base64url'), { maxOutputLength: MAX_WISH_BYTES }).toString('utf8')
    const wish = JSON.parse(text) as Wish
    if (Array.isArray(wish.sessions) && Array.isArray(wish.options)) return wish
  } catch {
    // Whatever it is, it is no link of ours.
  }
  return refuse({ kind: 'not-found', noun: 'path', name: id, because: 'There is no such list of downloads.' })
}

async function planned(call: Call, wish: Wish): Promise<readonly PlannedSession[]> {
  const sessions = await planDownload(call.archive, call.viewer, wish)
  const because = 'Unable to find any of the specified sessions.'
  if (sessions.length === 0) refuse({ kind: 'not-found', noun: 'session', name: wish.sessions.join(','), because })
  return sessions
}

async function make(call: Call): Promise<{ id: string; size: number }> {
  const wish = wishOf(objectOf(await readJson(call)))
  const folders = (await planned(call, wish)).flatMap((session) => session.folders)
  return { id: linkOf(wish), size: folders.reduce((sum, { row }) => sum + row.file_size, 0) }
}

async function manifest(call: Call): Promise<Answer> {
  const wish = wishIn(call)
  const sessions: ManifestSession[] = []
  for (const session of await planned(call, wish)) sessions.push(await listed(call, session, wish.options))
  return {
    status: 200,
    headers: { 'content-type': 'application/xml; charset=UTF-8' },
    body: downloadManifest(call.params['id'] ?? '', wish.options, sessions),
  }
}

/** What its reader puts behind `name` is what follows `/files/` in the zip of each address. */
async function listed(call: Call, session: PlannedSession, options: readonly string[]): Promise<ManifestSession> {
  const [first] = session.folders
  const subject =
    first && options.includes('subjectIncludedInPath') ? await subjectOfHolder(call.archive, first.parent) : undefined
  const before = [
    ...(options.includes('projectIncludedInPath') ? [session.project] : []),
    ...(subject ? [subject.label] : []),
  ]
  const entries = session.folders
    .filter(({ row }) => row.file_count > 0)
    .map((folder) => ({
      name: [...before, folderPrefix(folder, { structure: 'default', typed: true, before: [] })]
        .join('/')
        .replace(/\/files\/$/, ''),
      uri: filesUri(folder).replace(/^\/data\//, '/archive/'),
    }))
  return { label: session.label, entries }
}

const page = 'Downloads'
const id: Parameter = { name: 'id', in: 'path', says: 'what making the list answered' }
const takes = ['application/json']
const statuses = { 400: 'No sessions, or too many', 404: 'None of the sessions is there for the caller' }

/** Lists of downloads for programs that fetch many sessions one piece at a time, such as the desktop client (clients 5.5). */
export const downloadLinkRoutes: readonly Route[] = [
  {
    page,
    paths: ['/xapi/archive/downloadwithsize'],
    POST: {
      says: 'Makes a list of downloads; answers its id and the size of what it names, in bytes',
      respond: async (call) => jsonAnswer(await make(call)),
      takes,
      statuses,
    },
  },
  {
    page,
    paths: ['/xapi/archive/download'],
    POST: {
      says: 'The same; answers the id alone',
      respond: async (call) => textAnswer((await make(call)).id),
      takes,
      gives: ['text/plain'],
      statuses,
    },
  },
  {
    page,
    paths: ['/xapi/archive/download/:id/xml'],
    GET: {
      says: 'The list: for each session the addresses of its files as zips, and the folders they belong into',
      respond: manifest,
      parameters: [id],
      gives: ['application/xml'],
      statuses: { 404: statuses[404] },
    },
  },
]
