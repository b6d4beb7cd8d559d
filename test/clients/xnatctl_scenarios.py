"""Scenarios of xnatctl, run as the program that people type (clients 14, 28, 29)."""
import json
import os
import time
import zipfile

from stage import FILES, USER, fresh, main, make_session, make_user, put, rest, tree
from xnatctl_stage import XnatctlScenario


class Xnatctl(XnatctlScenario):
    def setUp(self):
        super().setUp()
        self.accession = make_session(self.project)
        self.place = f'/data/projects/{self.project}/subjects/sub1/experiments/exp1'

    def test_14_signing_in_and_lists(self):
        self.run_it('auth', 'login')
        # The second process has no password: it lives on the token that the first one kept.
        self.assertEqual(self.listed('whoami', signed_in=False)['username'], USER)
        self.assertIn(self.project, [row['id'] for row in self.listed('project', 'list', signed_in=False)])
        (subject,) = self.listed('subject', 'list', '-P', self.project, signed_in=False)
        self.assertEqual(subject['label'], 'sub1')
        (session,) = self.listed('session', 'list', '-P', self.project)
        self.assertEqual((session['id'], session['label'], session['modality']), (self.accession, 'exp1', 'MR'))
        self.assertEqual(self.listed('session', 'list', '-P', self.project, '-S', 'nobody'), [])
        (scan,) = self.listed('scan', 'list', '-E', self.accession)
        self.assertEqual((scan['id'], scan['type'], scan['quality']), ('1', 'T1', 'usable'))
        self.run_it('auth', 'logout')

    def test_14_refusals(self):
        self.assertIn('401', self.run_it('auth', 'login', password='wrong', code=3))
        self.assertIn('not found', self.run_it('session', 'show', '-E', 'XNAT_E99999', code=1))

    def test_14_one_record(self):
        self.assertEqual(self.listed('project', 'show', self.project)['id'], self.project)
        self.assertEqual(self.listed('subject', 'show', 'sub1', '-P', self.project)['label'], 'sub1')
        shown = self.listed('session', 'show', '-E', 'exp1', '-P', self.project)
        self.assertIn(self.accession, json.dumps(shown))
        self.assertEqual(self.listed('scan', 'show', '1', '-E', self.accession)['type'], 'T1')

    def test_14_projects_and_people(self):
        project, login = fresh('P'), fresh('u').lower()
        make_user(login, 'a-password-of-hers')
        self.run_it('project', 'create', project, '--name', f'Name {project}', '--pi', 'Curie', '--accessibility', 'private')
        self.assertEqual(rest('GET', f'/data/projects/{project}/accessibility').body, b'private')
        self.run_it('project', 'access', project, '--set', 'protected', '--yes')
        self.assertEqual(rest('GET', f'/data/projects/{project}/accessibility').body, b'protected')
        self.run_it('project', 'grant', project, login, '--role', 'member', '--yes')
        roles = {row['username']: row['role'] for row in self.listed('project', 'users', project)}
        self.assertEqual(roles, {USER: 'owner', login: 'member'})
        self.run_it('session', 'share', '-E', self.accession, '--into', project, '--label', 'there', '--yes')
        self.assertEqual([row['label'] for row in rest('GET', f'/data/projects/{project}/experiments').rows()], ['there'])
        self.run_it('session', 'unshare', '-E', self.accession, '--from', project, '--yes')
        self.assertEqual(rest('GET', f'/data/projects/{project}/experiments').rows(), [])
        self.assertEqual(len(rest('GET', f'/data/projects/{self.project}/experiments').rows()), 1)

    def test_14_variables_and_merging(self):
        self.run_it('subject', 'vars', 'set', 'sub1', 'cohort=A', '-P', self.project, '--yes')
        self.assertEqual(self.listed('subject', 'vars', 'sub1', '-P', self.project), [{'name': 'cohort', 'value': 'A'}])
        self.run_it('session', 'vars', 'set', '-E', self.accession, 'phase=one', '--yes')
        self.assertEqual(self.listed('session', 'vars', '-E', self.accession), [{'name': 'phase', 'value': 'one'}])
        # Renaming onto a subject that is there moves the sessions and removes the empty subject.
        put(f'/data/projects/{self.project}/subjects/kept')
        self.write('names.json', json.dumps({'sub1': 'kept'}).encode())
        self.run_it('subject', 'rename', '-P', self.project, '--mapping', os.path.join(self.folder, 'names.json'))
        (session,) = rest('GET', f'/data/projects/{self.project}/experiments?columns=ID,subject_label').rows()
        self.assertEqual((session['ID'], session['subject_label']), (self.accession, 'kept'))
        self.assertEqual([row['label'] for row in rest('GET', f'/data/projects/{self.project}/subjects').rows()], ['kept'])
        here = f'/data/experiments/{self.accession}/scans/1/resources/DICOM/files/a.dcm'
        self.assertEqual(self.stored(here), FILES['a.dcm'])

    def test_14_labels(self):
        put(f'{self.place}?date=2024-03-05&xsiType=xnat:mrSessionData')
        self.run_it('session', 'normalize-labels', '-P', self.project, '--yes')
        (session,) = self.listed('session', 'list', '-P', self.project)
        self.assertEqual((session['id'], session['label'] == 'exp1'), (self.accession, False))
        history = json.loads(rest('GET', f'/data/experiments/{self.accession}/history').body)['events']
        self.assertEqual([one['event_action'] for one in history if one['event_status'] == 'Complete'][-1], 'Renamed')

    def test_28_downloads(self):
        put(f'{self.place}/scans/2?xsiType=xnat:mrScanData&type=T2')
        put(f'{self.place}/scans/2/resources/NIFTI/files/c.nii', b'third')
        place = ('session', 'download', '-E', 'exp1', '-P', self.project, '--extract')
        dicom = {f'1/resources/DICOM/files/{name}': body for name, body in FILES.items()}
        nifti = {'2/resources/NIFTI/files/c.nii': b'third'}
        for name, words, expected in (
            ('one', ('-w', '1'), {**dicom, **nifti}),
            ('four', ('-w', '4'), {**dicom, **nifti}),
            ('only', ('-w', '4', '--resource', 'DICOM'), dicom),
            ('without', ('-w', '4', '--exclude-resource', 'DICOM'), nifti),
        ):
            out = os.path.join(self.folder, name)
            self.run_it(*place, *words, '--out', out)
            # With one worker the folder of a scan carries its type, as it does in the archive's own zips.
            found = {scan_path(path): body for path, body in tree(out).items()}
            self.assertEqual(found, expected, name)
        out = os.path.join(self.folder, 'zip')
        self.run_it('scan', 'download', '-E', self.accession, '--scans', '1,2', '--out', out)
        ((name, _),) = tree(out).items()
        with zipfile.ZipFile(os.path.join(out, name)) as packed:
            self.assertEqual(sorted(packed.read(one) for one in packed.namelist()), sorted([*FILES.values(), b'third']))

    def test_29_resources(self):
        for name, body in FILES.items():
            self.write(f'up/{name}', body)
        up = os.path.join(self.folder, 'up')
        self.run_it('resource', 'upload', self.accession, 'FOLDER', up)
        self.run_it('resource', 'upload', self.accession, 'FILE', os.path.join(up, 'a.dcm'), '--format', 'DICOM')
        self.run_it('resource', 'upload', '-P', self.project, '-S', 'sub1', 'NOTES', up)
        rows = {row['label']: row for row in self.listed('resource', 'list', self.accession)}
        self.assertEqual({label: row['file_count'] for label, row in rows.items()}, {'FOLDER': '2', 'FILE': '1'})
        self.assertEqual(rows['FILE']['format'], 'DICOM')
        for name, body in FILES.items():
            self.assertEqual(self.stored(f'{self.place}/resources/FOLDER/files/{name}'), body)
        for words in ((self.accession, 'FOLDER'), ('-P', self.project, '-S', 'sub1', 'NOTES')):
            target = os.path.join(self.folder, 'back.zip')
            self.run_it('resource', 'download', *words, '-f', target)
            with zipfile.ZipFile(target) as packed:
                back = {name.split('/files/')[1]: packed.read(name) for name in packed.namelist()}
            self.assertEqual(back, FILES)
            os.remove(target)

    def test_29_the_same_file_twice(self):
        path = self.write('a.txt', b'first')
        self.run_it('resource', 'upload', self.accession, 'NOTES', path)
        self.write('a.txt', b'second')
        started = time.monotonic()
        self.run_it('resource', 'upload', self.accession, 'NOTES', path)
        self.assertLess(time.monotonic() - started, 30)
        self.assertIn(self.stored(f'{self.place}/resources/NOTES/files/a.txt'), (b'first', b'second'))

    def test_29_deletion(self):
        self.run_it('scan', 'delete', '-E', self.accession, '--scans', '1', '--yes')
        self.assertEqual(rest('GET', f'{self.place}/scans').rows(), [])
        self.run_it('subject', 'delete', 'sub1', '-P', self.project, '--yes')
        self.assertEqual(rest('GET', f'/data/projects/{self.project}/subjects').rows(), [])


def scan_path(path):
    """`1/resources/...` of a path that names the session, the folder `scans` and perhaps the scan's type first."""
    scan, rest_of_it = path.split('scans/', 1)[1].split('/', 1)
    return f"{scan.split('-')[0]}/{rest_of_it}"


if __name__ == '__main__':
    main()
