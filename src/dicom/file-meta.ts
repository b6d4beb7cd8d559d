import { element, longHead, number32, text } from './element-bytes.ts'

/** What the beginning of a file says of the object in it. */
export type FileMeta = Readonly<{ sopClass: string; instance: string; transferSyntax: string; sender?: string }>

/** Names us as the writer of a file. */
const IMPLEMENTATION = '2.25.1'

/**
 * Preamble and file meta information, which objects that came over a network lack (import 0).
 * @see DICOM PS3.10 7.1
 */
export function fileStart({ sopClass, instance, transferSyntax, sender }: FileMeta): Buffer {
  const meta = Buffer.concat([
    Buffer.concat([longHead('00020001', 'OB', 2), Buffer.from([0, 1])]),
    text('00020002', 'UI', sopClass),
    text('00020003', 'UI', instance),
    text('00020010', 'UI', transferSyntax),
    text('00020012', 'UI', IMPLEMENTATION),
    ...(sender ? [element('00020016', 'AE', Buffer.from(sender.padEnd(sender.length + (sender.length % 2))))] : []),
  ])
  return Buffer.concat([Buffer.alloc(128), Buffer.from('DICM'), number32('00020000', meta.length), meta])
}
