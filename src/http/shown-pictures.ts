import type { ShownPicture } from '../formats/item-html.ts'
import type { Dictionary } from '../model/dictionary.ts'
import type { Item } from '../model/item.ts'

/** The pictures on the page of a record: a thumbnail of each scan of a session, the snapshot of a scan (import 7). */
export function picturesOf(types: Dictionary, item: Item): readonly ShownPicture[] {
  if (types.isA(item.type, 'xnat:imageSessionData')) {
    const scans = (item.children['scans/scan'] ?? []).filter(hasDicom)
    return scans.map((scan) => picture(item.fields['ID'], scan, 'thumbnail'))
  }
  if (!types.isA(item.type, 'xnat:imageScanData') || !hasDicom(item)) return []
  return [picture(item.fields['image_session_ID'], item, 'snapshot')]
}

/** Whether any of its folders says that it holds DICOM; whether there is an image in it shows when it is drawn. */
const hasDicom = ({ children }: Item): boolean =>
  (children['file'] ?? []).some(
    ({ fields }) =>
      String(fields['format'] ?? '').toLowerCase() === 'dicom' ||
      fields['label'] === 'DICOM' ||
      fields['label'] === 'secondary',
  )

function picture(session: unknown, { fields }: Item, kind: 'thumbnail' | 'snapshot'): ShownPicture {
  const scan = String(fields['ID'] ?? '')
  const place = `/xapi/experiments/${encodeURIComponent(String(session ?? ''))}/scan/${encodeURIComponent(scan)}`
  const says = [scan, fields['type'], fields['series_description']].filter((text) => text !== undefined && text !== '')
  return { src: `${place}/${kind}`, href: `${place}/snapshot?format=png`, says: says.join(' · ') }
}
