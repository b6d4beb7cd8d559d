/** The part of dcmjs that is used here; the package comes without types. */
declare module 'dcmjs' {
  type Entry = Readonly<{ tag: string; vr: string; name: string }>
  const dcmjs: Readonly<{
    data: Readonly<{ DicomMetaDictionary: Readonly<{ nameMap: Readonly<Record<string, Entry>> }> }>
  }>
  export default dcmjs
}
