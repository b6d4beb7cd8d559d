import { readFileSync } from 'node:fs'

/** What `isocenter --help` says. `docs/settings.md` explains each setting at length. */
export const helpText = `Isocenter: an imaging archive for research that speaks the XNAT REST API

Usage
  isocenter serve                        start the server
  isocenter sweep [--grace HOURS]        remove stored bytes that nothing has named for that long (1),
                                         beside a server or without one
  isocenter left list [--project ID]     show files whose records were deleted without their bytes
  isocenter left restore N... --to FOLDER  bring them back into /data/experiments/E/resources/LABEL or the like
  isocenter left purge (N... | --older DAYS)  give them up; their bytes go with the next sweep
  isocenter import DIR... --project ID   import DICOM files, zips and tars, study by study,
                                         beside a server or without one
      --subject LABEL  --session LABEL   names that outrank those in the files
      --overwrite WORD                   what may happen to a session that is there: none, append or delete (none)
      --prearchive                       let the sessions wait in the prearchive
      --strict                           import nothing when a file is no DICOM object
      --url URL --user LOGIN             send to a server that runs elsewhere; the password is asked for,
                                         or taken from ISOCENTER_PASSWORD
      --report FILE                      where to write what was not imported, as CSV (import-TIME.csv)
  isocenter adopt ARCHIVE_DIR [options]  take in the archive folder of an XNAT server (docs/moving-from-xnat.md),
                                         beside a server or without one; run it again to go on where it stopped
      --project ID                       this project only; may be given several times
      --dry-run                          only say what would be taken
      --copy                             copy the files, which otherwise get a second name and become read-only
      --subjects FILE                    table of sessions with their subjects, as CSV: project, label, subject_label
      --take-damaged                     take also files whose MD5 is not the one in their catalog
      --report FILE                      where to write what needs to be known, as CSV (adopt-TIME.csv)
  isocenter user add LOGIN [options]     make an account; the password is read from standard input
      --admin                            it is a site administrator
      --first-name TEXT  --last-name TEXT  --email ADDRESS
      --generate                         make up a password and print it once
  isocenter user passwd LOGIN            set a new password, read from standard input; sessions end
      --generate                         make one up and print it once
  isocenter --help                       show this text
  isocenter --version                    show the version

Settings (environment variables)
  ISOCENTER_HOST                  address to listen on (127.0.0.1)
  ISOCENTER_PORT                  port to listen on; 0 takes a free one (8080)
  ISOCENTER_DICOM_HOST            address that DICOM receivers listen on (as ISOCENTER_HOST)
  ISOCENTER_DICOM_PORT            port of the receiver that the first start makes; 0 listens for none (8104)
  ISOCENTER_DATA                  folder of the stored files and the catalog (./data)
  ISOCENTER_DATABASE_URL          postgres://... keeps the catalog in PostgreSQL (SQLite in the data folder)
  ISOCENTER_SITE_ID               prefix of accession ids (XNAT)
  ISOCENTER_REQUIRE_LOGIN         false lets strangers read public projects (true)
  ISOCENTER_URL                   address that people use, such as https://xnat.example.org (as requested)
  ISOCENTER_ADMIN_PASSWORD        password of the account admin, used by the first start only (generated)
  ISOCENTER_MAX_UPLOAD_BYTES      largest body of one request, such as 20G (no bound)
  ISOCENTER_TRUST_PROXY           true behind a server that says for whom it asks, as nginx does (false)
  ISOCENTER_ARCHIVE_MAX_ENTRIES   most members of an uploaded zip or tar (500000)
  ISOCENTER_ARCHIVE_MAX_BYTES     most bytes that one expands to (500G)
  ISOCENTER_ARCHIVE_MAX_RATIO     most times it may grow when expanded (500)
  ISOCENTER_LOG_LEVEL             fatal, error, warn, info, debug, trace or silent (info)
  ISOCENTER_INBOX                 folder from which administrators import without sending (none)
  ISOCENTER_REUSE_PROJECT_IDS     true lets ids of deleted projects be used again (false)
`

/** The version that this program was released as. */
export function programVersion(): string {
  const file = new URL('../../package.json', import.meta.url)
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}
