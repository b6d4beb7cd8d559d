import { type WaitingFile, waitingFiles } from '../intake/arrival-contents.ts'
import type { Answer, Call } from './call.ts'
import { downloadAnswer } from './downloads.ts'
import { addressOf } from './prearchive-entries.ts'

/** Files of an entry as one, in the folders that they will have in the archive (import 2.5). */
export function packedFiles(call: Call, found: readonly WaitingFile[], type: string): Promise<Answer> {
  const { folder } = addressOf(call)
  const placeOf = ({ scan, label }: WaitingFile): string =>
    scan === '' ? `RESOURCES/${label}` : `SCANS/${scan}/${label}`
  const members = found.map((file) => ({ ...file, name: `${folder}/${placeOf(file)}/${file.path}` }))
  return downloadAnswer(call, { type, name: folder, members })
}

/** Everything in an entry as one. */
export async function packedEntry(call: Call, type: string): Promise<Answer> {
  return packedFiles(call, await waitingFiles(call.archive, call.viewer, addressOf(call)), type)
}
