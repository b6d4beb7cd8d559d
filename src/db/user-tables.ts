import type { GeneratedAlways } from 'kysely'

/** The installation: accounts with what belongs to one of them alone, and receivers; which module writes each stands in `db/schema.ts`. */
export type UsersTable = {
  id: GeneratedAlways<number>
  login: string
  first_name: string
  last_name: string
  email: string
  /** Argon2id in PHC text form; null: cannot sign in with a password. */
  password: string | null
  /** When the password was set. */
  password_at: string | null
  /** Names of roles beside `admin`, separated by spaces. */
  roles: string
  /** Names of site-wide groups, separated by spaces. */
  site_groups: string
  enabled: number
  verified: number
  admin: number
  created_at: string
  modified_at: string
  last_login_at: string | null
}

export type LoginsTable = {
  /** SHA-256 of the session id, hexadecimal: the id itself is never stored. */
  digest: string
  user_id: number
  csrf: string
  created_at: string
  seen_at: string
  /** 1: made for a request with credentials that did not ask for a session; such requests share it. */
  implicit: number
}

export type TokensTable = {
  id: GeneratedAlways<number>
  alias: string
  /** SHA-256 of the secret, hexadecimal. */
  secret: string
  user_id: number
  created_at: string
  expires_at: string
  single_use: number
}

/** A name on the network under which DICOM objects are taken in. */
export type ReceiversTable = {
  id: GeneratedAlways<number>
  ae_title: string
  port: number
  identifier: string
  file_namer: string | null
  enabled: number
  custom_processing: number
  direct_archive: number
  /** 0: no scripts are run on what comes here. */
  anonymization: number
  whitelist_enabled: number
  /** JSON list of texts. */
  whitelist: string
  routing_enabled: number
  /** Rules, one a line; null: those of the site. */
  project_rules: string | null
  subject_rules: string | null
  session_rules: string | null
  created_at: string
  modified_at: string
}

export type CacheFoldersTable = {
  id: GeneratedAlways<number>
  user_id: number
  name: string
  created_at: string
}

export type CacheFilesTable = {
  id: GeneratedAlways<number>
  folder_id: number
  path: string
  /** Bytes. */
  size: number
  blob: string
  md5: string
  crc32: number
  modified_at: string
}

/** A project as one user knows it. */
export type UserProjectsTable = {
  user_id: number
  project_id: number
  /** When the user last looked at it; null: never. */
  visited_at: string | null
  /** 1: one of the user's favourites. */
  favorite: number
}

/** People who lead research; they need no account. */
export type InvestigatorsTable = {
  /** The number that documents show of them, from one sequence with those in documents. */
  id: number
  firstname: string
  lastname: string
  title: string | null
  institution: string | null
  department: string | null
  email: string | null
  phone: string | null
  created_at: string
  created_by: string
}
