/** Longest label in characters. */
const MAX_LABEL_LENGTH = 255
/** Longest name of a file that the archive takes, in bytes. */
const MAX_NAME_BYTES = 255

/** A text as a label of a subject or session, or undefined where nothing is left of it (import 3.4). */
export function cleanLabel(text: string | undefined): string | undefined {
  return (
    text
      ?.trim()
      .replaceAll(/[^A-Za-z0-9_-]/g, '_')
      .slice(0, MAX_LABEL_LENGTH) || undefined
  )
}

/**
 * The name of a file as it was sent, without folders and with plain signs alone, or undefined where nothing is left
 * of it (import 3.4). What is too long loses its middle, not its ending.
 */
export function cleanFileName(text: string | undefined): string | undefined {
  const last = text?.split(/[/\\]/).at(-1) ?? ''
  const clean = last
    .trim()
    .replaceAll(/[^A-Za-z0-9_.-]/g, '_')
    .replace(/^\.+/, '')
  if (clean.length <= MAX_NAME_BYTES) return clean || undefined
  const ending = /\.[^.]{1,16}$/.exec(clean)?.[0] ?? ''
  return clean.slice(0, MAX_NAME_BYTES - ending.length) + ending
}
