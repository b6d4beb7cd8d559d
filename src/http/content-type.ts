/** By extension in lower case; every other file is a stream of octets (resources 4.2). */
const types: Readonly<Record<string, string>> = {
  bmp: 'image/bmp',
  gif: 'image/gif',
  html: 'text/html',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  pdf: 'application/pdf',
  png: 'image/png',
  svg: 'image/svg+xml',
  tiff: 'image/tiff',
  txt: 'text/plain',
  xml: 'text/xml',
}

/** What a body is called that came without a name, by its Content-Type (resources 7.2). */
const extensions: Readonly<Record<string, string>> = {
  'application/zip': 'zip',
  'application/x-tar': 'tar',
  'application/x-gtar': 'tar.gz',
  'application/x-gzip': 'gz',
  'application/gzip': 'gz',
  'application/xar': 'xar',
  'application/dicom': 'dcm',
  'application/json': 'json',
  'application/pdf': 'pdf',
  'application/xml': 'xml',
  'application/msword': 'doc',
  'application/vnd.ms-excel': 'xls',
  'application/vnd.ms-powerpoint': 'ppt',
  'text/plain': 'txt',
  'text/xml': 'xml',
  'text/csv': 'csv',
  'text/html': 'html',
  'image/bmp': 'bmp',
  'image/gif': 'gif',
  'image/x-icon': 'ico',
  'image/jpeg': 'jpg',
  'image/png': 'png',
  'image/svg+xml': 'svg',
  'image/tiff': 'tiff',
  'video/mp4': 'mp4',
  'video/mpeg': 'mpg',
  'video/quicktime': 'mov',
  'video/x-msvideo': 'avi',
  'video/x-ms-wmv': 'wmv',
}

export const OCTETS = 'application/octet-stream'

/** Last step of a path. */
export const lastStep = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

/** The Content-Type with which a file of that name is sent. */
export function contentTypeOf(path: string): string {
  const name = lastStep(path)
  const dot = name.lastIndexOf('.')
  const extension = dot < 0 ? '' : name.slice(dot + 1).toLowerCase()
  return Object.hasOwn(types, extension) ? types[extension]! : OCTETS
}

/** The name of a body without one. */
export function uploadName(contentType: string): string {
  const type = contentType.split(';')[0]?.trim().toLowerCase() ?? ''
  return `upload.${Object.hasOwn(extensions, type) ? extensions[type] : 'unsupported'}`
}

/** Content-Disposition with the final semicolon that the original writes; safe for any name (resources 4.2, 10). */
export function disposition(kind: 'attachment' | 'inline', name: string): string {
  const plain = name.replaceAll(/[^ -~]/g, '_').replaceAll(/["\\]/g, '_')
  const exact = plain === name ? '' : ` filename*=UTF-8''${encodeURIComponent(name).replaceAll(/['()*]/g, escaped)};`
  return `${kind}; filename="${plain}";${exact}`
}

const escaped = (sign: string): string => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`
