/** Who asks. Grants are looked up per request, never carried here. */
export type Viewer = Readonly<{
  id: number
  login: string
  /** Site administrator: may do everything. */
  admin: boolean
  /** What a site-wide group allows on all data; absent: only what each project does. */
  allData?: AllData
  /** Not signed in, on a site that allows it. */
  guest: boolean
}>

/** Site-wide groups and what their members may do with all data of the site (hierarchy 8). */
export const siteGroups = Object.freeze({ ALL_DATA_ADMIN: 'everything', ALL_DATA_ACCESS: 'read' } as const)
export type SiteGroup = keyof typeof siteGroups
export type AllData = (typeof siteGroups)[SiteGroup]

export const isSiteGroup = (name: string): name is SiteGroup => Object.hasOwn(siteGroups, name)

/** The most that these groups allow on all data. Names of other groups count for nothing here. */
export function allDataOf(groups: readonly string[]): AllData | undefined {
  const allowed = groups.filter(isSiteGroup).map((name) => siteGroups[name])
  return allowed.includes('everything') ? 'everything' : allowed[0]
}

/** May the viewer do everything with all data, whatever the projects say? */
export const ownsAllData = (viewer: Viewer): boolean => viewer.admin || viewer.allData === 'everything'

/** May the viewer read all data, whatever the projects say? */
export const readsAllData = (viewer: Viewer): boolean => ownsAllData(viewer) || viewer.allData === 'read'

/** An account, as far as it decides what its user may do. */
export type Account = Readonly<{ id: number; login: string; admin: boolean; siteGroups: readonly string[] }>

/**
 * The user of an account, with what site-wide groups allow now.
 * @param dataAdmins whether the group that may do everything with all data counts (`allowDataAdmins`)
 */
export function viewerOf({ id, login, admin, siteGroups: groups }: Account, dataAdmins: boolean): Viewer {
  const allData = allDataOf(groups)
  const counts = allData !== 'everything' || dataAdmins
  return { id, login, admin, guest: false, ...(allData && counts ? { allData } : {}) }
}

export type Accessibility = 'public' | 'protected' | 'private'
export type Role = 'owner' | 'member' | 'collaborator'
/** `activate` covers quarantine, lock and their release. */
export type Action = 'read' | 'create' | 'edit' | 'delete' | 'activate'

/** What a viewer holds in one project: a standard role, rights of custom groups by data type, or nothing. */
export type Grants = Readonly<{
  role: Role | undefined
  /** Data type to the actions that custom groups allow on it. */
  custom: ReadonlyMap<string, ReadonlySet<Action>>
}>

export const noGrants: Grants = Object.freeze({ role: undefined, custom: new Map() })

const roleMay: Readonly<Record<Role, readonly Action[]>> = {
  owner: ['read', 'create', 'edit', 'delete', 'activate'],
  member: ['read', 'create', 'edit'],
  collaborator: ['read'],
}

/** On what terms a viewer meets a project. */
export type Terms = Readonly<{ accessibility: Accessibility; grants: Grants }>

/** May the viewer do this to data of this type that the project owns? (hierarchy 8) */
export function mayOnData(viewer: Viewer, { accessibility, grants }: Terms, type: string, action: Action): boolean {
  if (ownsAllData(viewer) || (action === 'read' && readsAllData(viewer))) return true
  if (!viewer.guest && grants.role && roleMay[grants.role].includes(action)) return true
  if (!viewer.guest && grants.custom.get(type)?.has(action)) return true
  // Whoever may see some of a project's experiments sees its subjects (hierarchy 8).
  if (!viewer.guest && type === 'xnat:subjectData' && action === 'read' && grants.custom.size > 0) return true
  return action === 'read' && accessibility === 'public'
}

/** May the viewer do this to the project itself: its name, description, users and settings? (hierarchy 8) */
export function mayOnProject(viewer: Viewer, { accessibility, grants }: Terms, action: Action): boolean {
  if (ownsAllData(viewer) || (action === 'read' && readsAllData(viewer))) return true
  if (action !== 'read') return !viewer.guest && grants.role === 'owner'
  if (accessibility !== 'private') return true
  return !viewer.guest && (grants.role !== undefined || grants.custom.size > 0)
}
