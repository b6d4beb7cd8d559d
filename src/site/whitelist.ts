import { BlockList, isIP } from 'node:net'
import { refuse } from '../errors.ts'
import { isTitle } from './titles.ts'

/** Who may send to a receiver: anybody of that title, anybody from there, or that title from there only. */
type Item = Readonly<{ title: string | undefined; isFrom: ((address: string) => boolean) | undefined }>

/**
 * Whether a sender is on the list. Items are `AET`, an address, a block of addresses (`10.1.0.0/16`), or
 * `AET@` and one of these (import 5.2).
 */
export function isListed(list: readonly string[], sender: Readonly<{ title: string; address: string }>): boolean {
  return list
    .map(itemOf)
    .some((item) => item && (item.title ?? sender.title) === sender.title && (item.isFrom?.(sender.address) ?? true))
}

/** @throws ArchiveError 'invalid' with the first item that cannot be read */
export function checkWhitelist(list: readonly string[]): void {
  const wrong = list.find((text) => !itemOf(text))
  if (wrong === undefined) return
  const because = `The whitelist item '${wrong}' is no AE title, no address or block of addresses, and no AE@address.`
  refuse({ kind: 'invalid', field: 'whitelist', because })
}

function itemOf(text: string): Item | undefined {
  const item = text.trim()
  const at = item.lastIndexOf('@')
  const isFrom = placeOf(item.slice(at + 1))
  if (at >= 0) return isFrom && isTitle(item.slice(0, at)) ? { title: item.slice(0, at), isFrom } : undefined
  if (isFrom) return { title: undefined, isFrom }
  // A mistyped address would do for a title that nobody has.
  return isTitle(item) && !/^[\d.:/]+$/.test(item) ? { title: item, isFrom } : undefined
}

/** A test for being at an address or in a block of them; undefined for what is neither. */
function placeOf(text: string): Item['isFrom'] {
  const [, address = '', bits] = /^([\d.]+|[\da-f.:]*:[\da-f.:]*)(?:\/(\d{1,3}))?$/i.exec(text) ?? []
  const version = isIP(address)
  const width = version === 6 ? 128 : 32
  if (version === 0 || Number(bits ?? width) > width) return undefined
  const block = new BlockList()
  block.addSubnet(address, Number(bits ?? width), version === 6 ? 'ipv6' : 'ipv4')
  return (from) => block.check(plainAddress(from), isIP(plainAddress(from)) === 6 ? 'ipv6' : 'ipv4')
}

/** An address of version 4 also where a socket of version 6 tells it, as `::ffff:10.1.2.3`. */
export const plainAddress = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, '')
