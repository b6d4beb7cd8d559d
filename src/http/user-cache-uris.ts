import type { CachePlace } from '../archive/user-cache.ts'
import { checkFilePath } from '../model/label.ts'

/** Where the folders of the caller's cache are. */
export const cacheRoot = '/data/user/cache/resources'

/**
 * The file that an address such as `/user/cache/resources/X/files/a/b.txt` names, with or without `/data` or `/REST`;
 * undefined when it names none (resources 9.5, import 1.1).
 */
export function parseCacheUri(uri: string): CachePlace | undefined {
  const match = /^(?:\/(?:data|REST))?\/user\/cache\/resources\/([^/]+)\/files\/(.+)$/s.exec(uri)
  const [folder, path] = [decoded(match?.[1]), decoded(match?.[2])]
  if (folder === undefined || path === undefined) return undefined
  return checkFilePath(folder) || checkFilePath(path) ? undefined : { folder, path }
}

/** Parameters have been decoded once; what is left of percent signs may as well be the name's own. */
function decoded(text: string | undefined): string | undefined {
  try {
    return text === undefined ? undefined : decodeURIComponent(text)
  } catch {
    return text
  }
}

/** The address of a file of the cache. */
export const cacheFileUri = ({ folder, path }: CachePlace): string =>
  `${cacheRoot}/${encodeURIComponent(folder)}/files/${path.split('/').map(encodeURIComponent).join('/')}`
