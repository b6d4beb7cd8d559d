import { refuse } from '../errors.ts'
import type { Viewer } from '../model/access.ts'
import { checkFilePath } from '../model/label.ts'
import { type Archive, type Change, change, type Reason } from './archive.ts'
import { recordEvent } from './history.ts'
import { forbid, type LocatedProject, locateProject, orNothing } from './locate.ts'

/** The settings that have an address of their own below a project (hierarchy 3.3, 3.4). */
export type ProjectSetting = 'prearchive_code' | 'quarantine_code' | 'current_arc' | 'scan_type_mapping'

/**
 * Changes those settings that are named, all or none.
 * @throws ArchiveError 'invalid' for an unknown project or a text that is no number, 'forbidden'
 */
export function putProjectSettings(
  archive: Archive,
  viewer: Viewer,
  why: Reason,
  wish: { name: string; settings: Readonly<Partial<Record<ProjectSetting, string>>> },
): Promise<void> {
  const { name } = wish
  const settings = Object.entries(wish.settings) as [ProjectSetting, string][]
  return change(archive, viewer, why, async (tx) => {
    const project = await settableProject(tx, name)
    if (!project.may('edit')) forbid(tx, 'project', name)
    for (const [setting, value] of settings) await putSetting(tx, project, { setting, value })
  })
}

type Wanted = Readonly<{ setting: ProjectSetting; value: string }>

async function putSetting(tx: Change, { row }: LocatedProject, { setting, value }: Wanted): Promise<void> {
  const stored = setting === 'current_arc' ? folderOf(value) : codeOf(setting, value)
  if (setting === 'prearchive_code' && stored !== 0 && !(await tx.archive.rules()).autoArchiveAllowed) {
    forbid(tx, 'project', row.name, 'This site does not allow projects to archive by themselves.')
  }
  await recordEvent(tx, { noun: 'project', id: row.id, action: `Modified ${setting}`, detail: value })
  await tx.db
    .updateTable('projects')
    .set({ [setting]: stored })
    .where('id', '=', row.id)
    .execute()
}

/** A folder below the project's, as people and mounted archives see it in the places of files. */
function folderOf(value: string): string {
  const because = checkFilePath(value)
  return because === undefined ? value : refuse({ kind: 'invalid', field: 'current_arc', because })
}

function codeOf(setting: string, value: string): number {
  if (value === 'true') return 1
  if (value === 'false') return 0
  // What a column of 32 bits holds.
  if (/^-?\d{1,10}$/.test(value) && Number(value) === (Number(value) | 0)) return Number(value) | 0
  return refuse({
    kind: 'invalid',
    field: setting,
    because: `${setting} must be an integer, true or false, not ${value}.`,
  })
}

/** A project whose settings or whose removal are asked for. @throws ArchiveError 'invalid' when it is unknown or invisible */
export async function settableProject(tx: Change, name: string): Promise<LocatedProject> {
  const project = await orNothing(locateProject(tx, { project: name }, 'read'))
  return project ?? noSuchProject(name)
}

export const noSuchProject = (name: string): never =>
  refuse({ kind: 'invalid', field: 'project', because: `No project ${name} could be found.` })
