import type { ConflictReason } from '../errors.ts'
import type { MergePolicy } from './merge-policy.ts'

/** Something to know before an entry is archived: what it is, and whether it stands in the way. */
export type Finding = ConflictReason & Readonly<{ blocks: (policy: MergePolicy) => boolean }>

const always = (): boolean => true
const never = (): boolean => false
const unlessMerging = ({ merge }: MergePolicy): boolean => !merge
const unlessOverriding = ({ override }: MergePolicy): boolean => !override

/** The numbers and words of what `validate-archive` tells (import 2.7). */
export const findings = {
  exists: (label: string): Finding => ({
    code: 1,
    type: 'CONFLICT',
    message: `Session already exists with matching files: ${label}`,
    blocks: unlessMerging,
  }),
  otherSubject: (label: string, subject: string): Finding => ({
    code: 4,
    type: 'FAIL',
    message: `Session ${label} belongs to another subject: ${subject}`,
    blocks: always,
  }),
  otherStudy: (label: string, uid: string): Finding => ({
    code: 5,
    type: 'CONFLICT',
    message: `Session ${label} already exists with a different study instance UID: ${uid}`,
    blocks: unlessOverriding,
  }),
  noProject: (): Finding => ({
    code: 6,
    type: 'FAIL',
    message: 'Session must be assigned to a project.',
    blocks: always,
  }),
  noSubject: (): Finding => ({
    code: 11,
    type: 'FAIL',
    message: 'Session must be assigned to a subject.',
    blocks: always,
  }),
  newSubject: (label: string): Finding => ({
    code: 12,
    type: 'WARN',
    message: `Subject ${label} will be created.`,
    blocks: never,
  }),
  sameFiles: (scan: string, label: string, count: number): Finding => ({
    code: 14,
    type: 'CONFLICT',
    message: `Scan ${scan} already contains ${count} of the files of ${label}.`,
    blocks: ({ replaceFiles }) => !replaceFiles,
  }),
  otherFile: (scan: string, name: string): Finding => ({
    code: 15,
    type: 'FAIL',
    message: `Scan ${scan} already contains another object in a file ${name}.`,
    blocks: always,
  }),
  sameScan: (id: string): Finding => ({
    code: 16,
    type: 'CONFLICT',
    message: `Session already contains a scan (${id}) with the same UID and number.`,
    blocks: unlessMerging,
  }),
  sameNumber: (id: string, other: string): Finding => ({
    code: 17,
    type: 'CONFLICT',
    message: `Session already contains a scan (${id}) with the same number, but a different UID; it will be renamed to ${other}.`,
    blocks: unlessMerging,
  }),
  sameUid: (id: string, other: string): Finding => ({
    code: 18,
    type: 'CONFLICT',
    message: `Session already contains a scan (${other}) with the same UID, but a different number than ${id}.`,
    // A scan that was renamed when it came first is joined under that name (import 3.6).
    blocks: (policy) =>
      new RegExp(`^${id}-[A-Z]{2}\\d+$`).test(other) ? unlessMerging(policy) : unlessOverriding(policy),
  }),
  otherType: (type: string, existing: string): Finding => ({
    code: 19,
    type: 'FAIL',
    message: `Session types differ: ${type} cannot join ${existing}.`,
    blocks: always,
  }),
  sameObjects: (scan: string, label: string): Finding => ({
    code: 22,
    type: 'WARN',
    message: `Two files of ${label} of scan ${scan} hold the same object.`,
    blocks: unlessOverriding,
  }),
} as const

/** What a finding says, without the rule of whom it stops. */
export const reasonOf = ({ code, type, message }: Finding): ConflictReason => ({ code, type, message })
