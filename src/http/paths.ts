import { ArchiveError, refuse } from '../errors.ts'

/**
 * One spelling for the many of one place: `/REST` and `/data`, each with or without `/archive`, are the same tree, and
 * a trailing slash means nothing except in the path of a file (scans 1.1, resources 1.1). Nor do more slashes than one
 * at the beginning: clients join them to an address of the site that ends in a slash.
 * @param url as it came: path and query
 */
export function canonicalUrl(url: string): string {
  const mark = url.indexOf('?')
  const path = mark < 0 ? url : url.slice(0, mark)
  const query = mark < 0 ? '' : url.slice(mark)
  return trimmed(rooted(plain(localPath(path)))) + query
}

/** The path of an address; proxies may send it with the server's name in front (RFC 9112, 3.2.2). */
export function localPath(path: string): string {
  if (path.startsWith('/')) return path.replace(/^\/{2,}/, '/')
  return path.replace(/^https?:\/\/[^/]*/i, '') || '/'
}

/** Letters, digits and `-` that were escaped without need mean themselves (RFC 3986, 6.2.2.2). */
function plain(path: string): string {
  if (!path.includes('%') || /%(?![0-9a-f]{2})/i.test(path)) return path
  return path.replaceAll(/%(?:2d|3\d|4[1-9a-f]|5[0-9af]|6[1-9a-f]|7[0-9a])/gi, (sign) => decodeURIComponent(sign))
}

function rooted(path: string): string {
  const match = /^\/(?:data|REST)(?:\/archive)?(?=\/|$)/.exec(path)
  return match ? `/data${path.slice(match[0].length)}` : path
}

/** The slash after a folder inside a resource (`files/sub/`) asks for a listing and stays. */
function trimmed(path: string): string {
  let end = path.length
  while (end > 1 && path[end - 1] === '/') end--
  return end === path.length || /\/files\/+[^/]/.test(path) ? path : path.slice(0, end)
}

/**
 * The parameters of a route's path in a path that matched it, each decoded exactly once; `*` takes the rest, slashes
 * and all.
 * @throws ArchiveError 'invalid' for a percent sign that begins no escape
 */
export function pathParameters(pattern: readonly string[], path: string): Record<string, string> {
  const segments = path.split('/')
  const parameters: Record<string, string> = {}
  for (const [position, name] of pattern.entries()) {
    if (name === '*') parameters['*'] = segments.slice(position).map(decodeSegment).join('/')
    else if (name.startsWith(':')) parameters[name.slice(1)] = decodeSegment(segments[position] ?? '')
  }
  return parameters
}

function decodeSegment(segment: string): string {
  if (!segment.includes('%')) return segment
  try {
    return withoutNul(segment, decodeURIComponent(segment))
  } catch (error) {
    if (error instanceof ArchiveError) throw error
    const because = `The path segment ${segment} is not correctly percent-encoded UTF-8.`
    return refuse({ kind: 'invalid', field: 'path', because }, error)
  }
}

/** No database can be asked for a NUL, and no name has one. */
function withoutNul(segment: string, text: string): string {
  if (!text.includes('\0')) return text
  return refuse({
    kind: 'invalid',
    field: 'path',
    because: `The path segment ${segment} cannot contain NUL characters.`,
  })
}
