const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\t': '&#9;',
  '\n': '&#10;',
  // A carriage return as it stands would be read back as a line feed.
  '\r': '&#13;',
}

// Beside the signs with a meaning, the characters that XML 1.0 has no way to write. Surrogates are looked at more closely.
const textSigns = /[&<>\r\u0000-\u0008\u000b\u000c\u000e-\u001f\ud800-\udfff\ufffe\uffff]/
const attributeSigns = /[&<>"\t\n\r\u0000-\u0008\u000b\u000c\u000e-\u001f\ud800-\udfff\ufffe\uffff]/

/** `text` as the content of an element; characters that XML cannot hold become U+FFFD. */
export function escapeText(text: string): string {
  return textSigns.test(text) ? replaced(text, /[&<>\r\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g) : text
}

/** `text` as the value of an attribute in double quotes; characters that XML cannot hold become U+FFFD. */
export function escapeAttribute(text: string): string {
  return attributeSigns.test(text) ? replaced(text, /[&<>"\u0000-\u001f\ufffe\uffff]/g) : text
}

const replaced = (text: string, signs: RegExp): string =>
  text.toWellFormed().replace(signs, (sign) => entities[sign] ?? '\ufffd')
