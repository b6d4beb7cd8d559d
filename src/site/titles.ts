/** 1 to 16 printable characters without a backslash, and none blank at the ends: an AE title (PS3.5 6.2, import 5.2). */
export const isTitle = (text: string): boolean =>
  /^[\x21-\x5b\x5d-\x7e]([\x20-\x5b\x5d-\x7e]{0,14}[\x21-\x5b\x5d-\x7e])?$/.test(text)
