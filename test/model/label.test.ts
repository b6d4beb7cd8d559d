import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  accessionId,
  accessionPrefix,
  checkFilePath,
  checkSoughtPath,
  isIdentifier,
  projectIdFault,
  resourceLabelFault,
  scanIdFault,
} from '../../src/model/label.ts'

describe('identifiers', () => {
  it('are letters, digits, - and _', () => {
    for (const good of ['1', '3-OT_x', 'A'.repeat(255)]) assert.ok(isIdentifier(good), good)
    for (const bad of ['', 'a.b', 'a b', 'ä', 'a/b', 'a\n', 'A'.repeat(256)]) assert.ok(!isIdentifier(bad), bad)
  })

  it('are refused in the words clients know', () => {
    assert.equal(scanIdFault('a.b'), 'Identifiers cannot use special characters: a.b')
    assert.equal(scanIdFault('3-OT'), undefined)
    assert.equal(projectIdFault('a b'), 'Invalid character in project ID.')
    assert.equal(projectIdFault('P_1'), undefined)
  })

  it('are generated from the site, a letter and a number', () => {
    assert.equal(accessionPrefix('XNAT', 'S'), 'XNAT_S')
    assert.equal(accessionPrefix('My "Site"-2^\'', 'E'), 'MySite_2_E')
    assert.equal(accessionId('XNAT_S', 7), 'XNAT_S00007')
    assert.equal(accessionId('XNAT_S', 123456), 'XNAT_S123456')
  })
})

describe('resource labels', () => {
  it('may hold what file names usually hold', () => {
    for (const good of ['DICOM', 'T1 (raw) v1.2+x@y#z', 'Übersicht', '3D']) {
      assert.equal(resourceLabelFault(good), undefined, good)
    }
  })

  it('are refused with a reason', () => {
    for (const bad of [
      '',
      '123',
      'NULL',
      '.',
      '..',
      'a/b',
      'a\\b',
      'a,b',
      'a"b',
      "a'b",
      'a<b',
      'a:b',
      'a*',
      'a?',
      'a|b',
      ' a',
      'a ',
      'a\0b',
      'a\u0080b',
      'a\u009fb',
      'a\ufffe',
      'é'.repeat(128),
    ]) {
      assert.equal(typeof resourceLabelFault(bad), 'string', bad)
    }
  })
})

describe('file paths', () => {
  it('stay inside their folder', () => {
    for (const good of ['a.dcm', 'sub/brain.nii.gz', '.hidden', '...', 'a b/ü']) {
      assert.equal(checkFilePath(good), undefined, good)
    }
    for (const bad of [
      '',
      '/a',
      'a/',
      'a//b',
      '../a',
      'a/..',
      './a',
      'a\\b',
      'a\0',
      'a\nb',
      'a\u0080b',
      'a\u009fb',
      'a\ufffe',
      'a\uffff',
      '\ud800',
      'x'.repeat(256),
    ]) {
      assert.equal(typeof checkFilePath(bad), 'string', bad)
    }
    assert.equal(typeof checkFilePath('x/'.repeat(2100)), 'string')
  })

  it('are found where they came before a rule that they break', () => {
    for (const path of ['a\u0085b', 'a\ufffe']) assert.equal(checkSoughtPath(path), undefined)
    for (const bad of ['', '../a', 'a\\b', 'a\0', '\ud800']) assert.equal(typeof checkSoughtPath(bad), 'string', bad)
  })
})
