// What a string literal cannot hold as it is, and `</`, which would end a script element that the text stands in.
const needsEscape = /["\\\u0000-\u001f\ud800-\udfff]|<\//

/** The inside of a JSON string literal, without its quotes; `</` becomes `<\/` (scans 2.5). */
export function jsonInside(text: string): string {
  if (!needsEscape.test(text)) return text
  return JSON.stringify(text).slice(1, -1).replaceAll('</', '<\\/')
}

/** `text` as a JSON string literal. */
export const jsonString = (text: string): string => `"${jsonInside(text)}"`
